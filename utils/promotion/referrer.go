package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// pushReferrer writes a referrer with all that belongs to it. indexed tells that the registry took note of its subject;
// where only a look at the state showed that it arrived, the source's registry, which is the same server, tells what to
// expect.
func (e *Promoter) pushReferrer(ctx context.Context, p *plan.Plan, step plan.Step, link remote.Transfer) (indexed bool, err error) {
	indexed = p.ListsReferrers() && step.Manifest.Content.Subject != nil
	push := func(ctx context.Context) error {
		answer, err := e.pushTree(ctx, p, step, step.Manifest, link)
		if err == nil {
			indexed = answer
		}
		return err
	}
	err = e.Write(ctx, push, push, e.Holds(step.Target, step.Digest.String(), step.Digest))
	if err != nil && remote.BlobUnknown(err) {
		err = subjectError{err}
	}
	return indexed, remote.Explain(failure.Target, err, fmt.Sprintf("writing %s", step.Path), remote.NeedsDeploy(step.Path, false))
}

// pushTree writes the children of an index before the index.
func (e *Promoter) pushTree(ctx context.Context, p *plan.Plan, step plan.Step, m manifest.Manifest,
	link remote.Transfer,
) (indexed bool, err error) {
	if err := e.pushChildren(ctx, p, step, m, link); err != nil {
		return false, err
	}
	return e.Push(ctx, step.Home, step.Target, m.Digest.String(), m, link)
}

// pushChildren writes what an index lists, as far as the source has it.
func (e *Promoter) pushChildren(ctx context.Context, p *plan.Plan, step plan.Step, m manifest.Manifest,
	link remote.Transfer,
) error {
	for _, child := range m.Children() {
		node, read := p.Graph.Nodes[child]
		if !read {
			continue
		}
		if _, err := e.pushTree(ctx, p, step, node, link); err != nil {
			return err
		}
	}
	return nil
}

// listed reads the referrers list of one subject back until it shows all that was pushed. supported is false where
// there is no such API.
func (e *Promoter) listed(ctx context.Context, target reference.Image, subject digest.Digest,
	pushed []digest.Digest,
) (supported bool, err error) {
	for look := range remote.Looks {
		entries, supported, err := e.At(failure.Target).Referrers(ctx, target, subject)
		if err != nil {
			return false, err
		}
		if !supported || lists(entries, pushed) {
			return supported, nil
		}
		if err := e.Sleep(ctx, remote.FirstWait<<look); err != nil {
			return false, err
		}
	}
	return false, &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("%s does not list the referrers of %s that were written", target, subject),
		Hint: "The image's tag was not touched. The server may need a moment, or hide what you may not read: you need Read on " +
			target.String() + ". Run the same command again; what is done already is not done twice.",
		Err: subjectError{errors.New("they are not in the answer of its referrers API")},
	}
}

// subjectError is how a registry fails that takes attachments only for a subject which it has: it refuses them, or does
// not list them.
type subjectError struct{ error }

// Unwrap returns the answer.
func (e subjectError) Unwrap() error { return e.error }

// wantsSubject reports whether an attachment may have failed for want of its subject.
func wantsSubject(err error) bool {
	var want subjectError
	return errors.As(err, &want)
}

func lists(entries []ocispec.Descriptor, all []digest.Digest) bool {
	for _, d := range all {
		if !slices.ContainsFunc(entries, func(e ocispec.Descriptor) bool { return e.Digest == d }) {
			return false
		}
	}
	return true
}

// relist sees to those referrers that are children of the image too, as BuildKit's attestations with a subject are: the
// promotion has written them once more, and a registry that does not look into what is copied may have forgotten whose
// referrers they are.
func (e *Promoter) relist(ctx context.Context, p *plan.Plan) error {
	if !p.ListsReferrers() || len(p.Of(plan.Promote, plan.StageImage)) == 0 {
		return nil
	}
	children := p.Graph.ImageDigests()[1:]
	var calls []func() error
	for _, a := range p.Graph.Stored(attachment.Referrer, attachment.Fallback) {
		if a.Home == p.Source.Image && a.Manifest.Content.Subject != nil && slices.Contains(children, a.Manifest.Digest) {
			calls = append(calls, func() error { return e.relistOne(ctx, p, a) })
		}
	}
	return parallel.All(calls...)
}

func (e *Promoter) relistOne(ctx context.Context, p *plan.Plan, a attachment.Attachment) error {
	target := p.Target.Image
	entries, supported, err := e.At(failure.Target).Referrers(ctx, target, a.Subject)
	if err != nil {
		return err
	}
	if !supported || lists(entries, []digest.Digest{a.Manifest.Digest}) {
		return nil
	}
	step := plan.Step{
		Path: target.Folder(a.Name()), Digest: a.Manifest.Digest, Manifest: a.Manifest, Home: a.Home,
		Target: target,
	}
	if indexed, err := e.pushReferrer(ctx, p, step, e.Link); err != nil || !indexed {
		return err
	}
	_, err = e.listed(ctx, target, a.Subject, []digest.Digest{a.Manifest.Digest})
	return err
}
