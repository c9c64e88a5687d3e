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

// finish completes a move whose source tag is gone already: the target tag tells the digest. What is left of its graph
// at the source is brought, if it came while an earlier run was deleting, and then deleted. A copy of a tag that is not
// there is simply not found. The target is held to the policy and to "signed" as any source is.
func (e *Promoter) finish(ctx context.Context, s *survey, r plan.Request, result *Result) error {
	result.SourceGone, result.TargetState = true, s.target
	if !r.Move || s.target.Tagged == "" {
		return &failure.Failure{
			Side:    failure.Source,
			Message: fmt.Sprintf("there is no tag %s", r.Source.Tagged(r.Source.Tag)),
			Hint:    "Check image and tag, and that you may read it: a server can hide what you may not.",
		}
	}
	p, err := e.leftovers(ctx, s, r, result)
	if p != nil {
		result.adopt(p)
	}
	if err == nil {
		err = e.approve(ctx, result)
	}
	if err != nil {
		return err
	}
	return e.bringRest(ctx, s, result)
}

// bringRest carries out what leftovers found.
func (e *Promoter) bringRest(ctx context.Context, s *survey, result *Result) error {
	p := result.Plan
	switch {
	case p.Empty():
		return result.alreadyThere()
	case e.DryRun:
		result.Outcome = Planned
		s.pair.forget(p.Steps)
		return nil
	}
	err := parallel.All(func() error { return e.mayUpdate(ctx, p, true) }, func() error { return e.mayDelete(ctx, p) })
	if err != nil {
		return err
	}
	s.pair.written = true
	image := &placing{Promoter: e, plan: p, run: &result.Execution}
	for _, phase := range []func() error{
		func() error { return e.linkTorn(ctx, &result.Execution) },
		func() error { return image.keepAll(ctx) },
		func() error { return e.attach(ctx, &result.Execution, nil) },
		func() error { return image.proved(ctx) },
		func() error { return image.unstage(ctx) },
		func() error { return e.cleaner().Sweep(ctx, p, &result.Execution) },
		func() error { return e.cleaner().CleanRest(ctx, p, &result.Execution) },
	} {
		if err := phase(); err != nil {
			return err
		}
	}
	return nil
}

// leftovers finds what the interrupted move left at the source, by a walk that starts at the target's root manifest and
// goes through the source's folder.
func (e *Promoter) leftovers(ctx context.Context, s *survey, r plan.Request, result *Result) (*plan.Plan, error) {
	root, err := e.Registry.Manifest(ctx, r.Target.Image, r.Target.Tag)
	if err != nil {
		return nil, remote.Explain(failure.Target, err, r.Target.String(), "Read on "+r.Target.Image.String())
	}
	reader := completed{
		Reader: e.Insist(failure.Source, r.Source.Image, s.pair.From), target: r.Target.Image, there: e.Named(failure.Target),
	}
	s.graph, err = attachment.Discover(ctx, reader, r.Source.Image, root, s.pair.searched(e, s.pair.From))
	if err != nil {
		return nil, remote.Explain(failure.Source, err, "looking for what is left in "+r.Source.Image.String(),
			"Read on "+r.Source.Image.String())
	}
	// Children that the earlier run deleted are no news.
	s.graph.Warnings, s.graph.Missing = nil, nil
	if err := e.compare(ctx, s, r); err != nil {
		return nil, err
	}
	result.TargetState = s.target
	p, err := plan.Rest(r, s.graph, s.target)
	if err == nil {
		err = e.holdTarget(ctx, s, p, result)
	}
	if err != nil {
		return p, err
	}
	rest, err := e.cleaner().Remnants(ctx, s.graph, p.Request, s.pair.From)
	if err != nil {
		return p, err
	}
	p.Steps = append(p.Steps, rest...)
	departure, err := e.cleaner().Deletes(ctx, e.Named(failure.Source), s.graph, p.Request, "", s.pair.From)
	if err != nil {
		return p, err
	}
	departure.LeaveWaived(p, &result.Execution)
	result.Stays, result.unlisted = departure.Stays, departure.Unlisted
	arrived, err := e.cleaner().ArrivedOnly(ctx, p, departure.Steps, func(step plan.Step) {
		p.Warnings = append(p.Warnings, step.Path+" is not at the target and stays")
	})
	p.Steps = append(p.Steps, arrived...)
	return p, err
}

// completed reads the source's manifests, and those that the source has no more from the target: what was attached to
// them can be left.
type completed struct {
	attachment.Reader
	target reference.Image
	there  attachment.Reader
}

// Manifest reads a tag at the source alone; only a digest means the same on both sides.
func (c completed) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	m, err := c.Reader.Manifest(ctx, image, ref)
	if _, isDigest := reference.ParseDigestFolder(ref); isDigest && errors.Is(err, failure.ErrNotFound) {
		return c.there.Manifest(ctx, c.target, ref)
	}
	return m, err
}

// interruptedMoves names the tags of which an interrupted move of every tag has left something behind: the target has
// them, the source, whose tags are given, has not, and something that is left there belongs to their image. A move
// deletes the records on an image last, so that whatever it leaves shows in the root manifest, except for children of
// children.
func (e *Promoter) interruptedMoves(ctx context.Context, pair *Pair, tags, left []string) ([]string, error) {
	subjects := map[digest.Digest]bool{}
	for _, name := range left {
		if d, ok := subjectOf(name); ok {
			subjects[d] = true
		}
	}
	names := slices.DeleteFunc(pair.To.MayBeImages(), func(name string) bool {
		_, looksAttached := attachment.Named(name)
		return slices.Contains(tags, name) || looksAttached && pair.First.Has(name)
	})
	mine := make([]bool, len(names))
	calls := make([]func() error, len(names))
	for i, name := range names {
		calls[i] = func() error {
			root, err := e.ShownManifest(ctx, failure.Target, pair.Target, name)
			if errors.Is(err, failure.ErrNotFound) {
				return nil
			}
			if err == nil && belongs(root, subjects) {
				mine[i], err = e.inspect().CountsAsImage(ctx, failure.Target, reference.Reference{Image: pair.Target, Tag: name}, root)
			}
			return remote.Explain(failure.Target, err, pair.Target.Tagged(name), "Read on "+pair.Target.String())
		}
	}
	err := parallel.All(calls...)
	var found []string
	for i, name := range names {
		if mine[i] {
			found = append(found, name)
		}
	}
	return found, err
}

// subjectOf returns the digest that a folder without a tag of its own is about.
func subjectOf(name string) (digest.Digest, bool) {
	if t, ok := reference.ParseSuffixTag(name); ok {
		return t.Subject, true
	}
	return reference.ParseDigestFolder(name)
}

func belongs(root manifest.Manifest, subjects map[digest.Digest]bool) bool {
	if subjects[root.Digest] {
		return true
	}
	return slices.ContainsFunc(root.Content.Manifests, func(child ocispec.Descriptor) bool {
		return subjects[child.Digest] || child.MediaType == ocispec.MediaTypeImageIndex || child.MediaType == manifest.DockerList
	})
}
