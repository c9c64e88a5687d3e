package commands

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/outlook"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/selection"
	"github.com/signed-promote/signed-promote/utils/verification"
)

// runVerify verifies every image that was named. It never writes: the transport would refuse.
func runVerify(ctx context.Context, o verifyOptions, server *jfrog.Server) error {
	s, err := newSession(server, o.invocation, o.transferOptions, true)
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	s.engine.Registry = remote.CacheReads(s.engine.Registry)
	settings := o.verification(s, server, o.tagPrefix)
	settings.Report, settings.Everything = true, o.outlook
	verifier, err := verification.New(ctx, settings)
	if err != nil {
		return err
	}
	result, err := o.verifyAll(ctx, s, verifier)
	result.HTTP, result.DurationMs = s.traffic()
	if err := o.print(o.invocation, printable{json: result, text: result.Text}); err != nil {
		return err
	}
	o.summarise(result)
	return endOfVerify(result, err)
}

// verifyAll finds the images and verifies so many at once as --threads says.
func (o *verifyOptions) verifyAll(ctx context.Context, s *session,
	verifier *verification.Verifier,
) (*report.VerifyResult, error) {
	result := report.NewVerify()
	var refs []reference.Reference
	for _, p := range o.images {
		found, err := p.find(ctx, s)
		if err != nil {
			return result.Fail(err), err
		}
		refs = append(refs, found...)
	}
	images := make([]report.VerifyImage, len(refs))
	group := errgroup.Group{}
	group.SetLimit(o.threads)
	for i, ref := range refs {
		group.Go(func() error {
			images[i] = o.verifyOne(ctx, s, verifier, ref)
			return nil
		})
	}
	_ = group.Wait() // Errors are in the images.
	result.Add(images...)
	return result, ctx.Err()
}

// verifyOne verifies an image. That it cannot be read says nothing about its signatures.
func (o *verifyOptions) verifyOne(ctx context.Context, s *session, verifier *verification.Verifier,
	ref reference.Reference,
) report.VerifyImage {
	graph, err := s.engine.Read(ctx, failure.Source, ref, o.from()...)
	if err != nil {
		return report.Unread(ref, err)
	}
	verdict, err := verifier.Verify(ctx, o.at(ref), graph)
	if err != nil {
		return report.Unread(ref, err)
	}
	image := report.Verdict(ref, graph, verdict)
	if image.Details, err = o.of(ctx, s, failure.Source, ref, graph); err != nil {
		return report.Unread(ref, err)
	}
	if o.outlook {
		image.Foresee(outlook.Of(outlook.Input{Graph: graph, Verdict: verdict, Prefix: o.tagPrefix}))
	}
	return image
}

// find returns the images that a pattern means. That there are none is an error: nothing would be verified.
func (p imagePattern) find(ctx context.Context, s *session) ([]reference.Reference, error) {
	if p.byDigest.Digest != "" {
		return []reference.Reference{p.byDigest}, nil
	}
	if one, exact := p.pattern.Reference(); exact {
		return []reference.Reference{one}, nil
	}
	tags, err := p.tags(ctx, s)
	if image, one := p.pattern.Image(); one && err == nil && len(tags) == 0 {
		err = s.engine.Nothing(ctx, image, nil)
	}
	if err == nil && len(tags) == 0 {
		err = &failure.Failure{
			Side: failure.Source, Message: "there is no image " + p.typed, Absent: true,
			Hint: "Check the pattern, and that you may read it: a server can hide what you may not.",
		}
	}
	return tags, err
}

// tags asks the image's folder, which shows all, where one image is meant; several need a search.
func (p imagePattern) tags(ctx context.Context, s *session) ([]reference.Reference, error) {
	image, one := p.pattern.Image()
	if !one {
		if err := s.engine.CheckRepository(ctx, failure.Source, p.pattern.Repo); err != nil {
			return nil, err
		}
		found, err := selection.Find(ctx, s.rest, sourceImages{s.engine}, p.pattern, selection.Filter{})
		return found.Tags, explainSearch(err)
	}
	names, err := s.engine.Tags(ctx, failure.Source, image)
	var tags []reference.Reference
	for _, name := range names {
		r := reference.Reference{Image: image, Tag: name}
		if _, meant := p.pattern.Match(r); meant {
			tags = append(tags, r)
		}
	}
	return tags, err
}

func endOfVerify(r *report.VerifyResult, err error) error {
	switch {
	case err != nil && r.Error != nil:
		return ended(outcomeFailed, errors.New(withHint(r.Error)))
	case err != nil:
		return ended(outcomeFailed, err)
	case r.Count(report.StateUnread) > 0:
		return ended(outcomeFailed, unread(r))
	case r.Status != report.Success:
		return ended(outcomeFindings, nil)
	default:
		return nil
	}
}

// unread joins the errors of the images that could not be read, each with its hint.
func unread(r *report.VerifyResult) error {
	var all []error
	for _, i := range r.Images {
		if i.Error != nil {
			all = append(all, errors.New(withHint(&report.Error{
				Message: i.Image.String() + ": " + i.Error.Message,
				Hint:    i.Error.Hint,
			})))
		}
	}
	return errors.Join(all...)
}
