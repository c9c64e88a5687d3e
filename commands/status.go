package commands

import (
	"context"
	"errors"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// runStatus shows the graph of one image, or of every tag of it. It never writes: the transport would refuse.
func runStatus(ctx context.Context, o statusOptions, server *jfrog.Server) error {
	ref, err := reference.Parse(o.image)
	if err != nil {
		return err
	}
	if o.targetRepo != "" {
		if err := reference.CheckRepo(o.targetRepo); err != nil {
			return err
		}
	}
	s, err := newSession(server, o.invocation, o.transferOptions, true)
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	result, err := o.inspect(ctx, s, ref)
	result.HTTP, result.DurationMs = s.traffic()
	if err := o.print(o.invocation, printable{json: result, text: result.Tree}); err != nil {
		return err
	}
	return endOfStatus(result, err)
}

// inspect reads what was asked for, tag by tag.
func (o *statusOptions) inspect(ctx context.Context, s *session,
	ref reference.Reference,
) (*report.StatusResult, error) {
	result := report.NewStatus()
	refs := []reference.Reference{ref}
	if ref.Name() == "" {
		tags, err := s.engine.Tags(ctx, failure.Source, ref.Image)
		if err != nil {
			return result.Fail(err), err
		}
		if len(tags) == 0 {
			if err := s.engine.Nothing(ctx, ref.Image, nil); err != nil {
				return result.Fail(err), err
			}
		}
		refs = refs[:0]
		for _, tag := range tags {
			refs = append(refs, reference.Reference{Image: ref.Image, Tag: tag})
		}
	}
	for _, one := range refs {
		image, err := o.inspectOne(ctx, s, one)
		if err != nil {
			return result.Fail(err), err
		}
		result.Add(image)
	}
	return result, nil
}

func (o *statusOptions) inspectOne(ctx context.Context, s *session,
	ref reference.Reference,
) (report.StatusImage, error) {
	graph, err := s.engine.Inspect(ctx, failure.Source, ref, o.from()...)
	if err != nil {
		return report.StatusImage{}, err
	}
	details, err := o.of(ctx, s, failure.Source, ref, graph)
	if err != nil {
		return report.StatusImage{}, err
	}
	if o.targetRepo == "" {
		image := report.Graph(ref, graph, o.tagPrefix)
		image.Details = details
		image.Lack(s.engine.Incomplete(ctx, failure.Source, ref, graph))
		return image, ctx.Err()
	}
	image, err := o.compare(ctx, s, ref, graph)
	image.Details = details
	return image, err
}

// compare holds an image against the target's.
func (o *statusOptions) compare(ctx context.Context, s *session, ref reference.Reference,
	graph *attachment.Graph,
) (report.StatusImage, error) {
	at := ref
	at.Repo = o.targetRepo
	target, err := o.targetGraph(ctx, s.engine, at)
	if err != nil {
		return report.StatusImage{}, err
	}
	image := report.Compared(ref, at, graph, target, o.tagPrefix)
	image.Lack(s.engine.Incomplete(ctx, failure.Source, ref, graph))
	if target != nil {
		image.Lack(s.engine.Incomplete(ctx, failure.Target, at, target))
	}
	if image.TargetDetails, err = o.of(ctx, s, failure.Target, at, target); err != nil {
		return report.StatusImage{}, err
	}
	return image, ctx.Err()
}

// targetGraph is nil when the target does not have the image.
func (o *statusOptions) targetGraph(ctx context.Context, engine *promotion.Engine,
	at reference.Reference,
) (*attachment.Graph, error) {
	graph, err := engine.Inspect(ctx, failure.Target, at, o.to()...)
	if errors.Is(err, failure.ErrNotFound) {
		// Only a repository that is there can lack an image.
		return nil, engine.CheckRepository(ctx, failure.Target, at.Repo)
	}
	return graph, err
}

func endOfStatus(r *report.StatusResult, err error) error {
	switch {
	case err != nil:
		return ended(outcomeFailed, errors.New(withHint(r.Error)))
	case r.Status != report.Success:
		return ended(outcomeFindings, nil)
	default:
		return nil
	}
}
