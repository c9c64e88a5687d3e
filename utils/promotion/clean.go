package promotion

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// deletes tells what a move may delete at the source: what nothing that stays there needs.
func (e *Engine) deletes(ctx context.Context, g *attachment.Graph, r plan.Request, tag string, listing attachment.Listing) ([]plan.Step, error) {
	var also []digest.Digest
	if r.SameImage() {
		// The new tag is in the same folder and needs everything.
		also = append(also, g.Root)
	}
	needed, err := attachment.Needed(ctx, e.Registry, g, listing, tag, also...)
	if err != nil {
		return nil, explain(failure.Source, err, "reading what "+r.Source.Image.String()+" still needs", "Read on "+r.Source.Image.String())
	}
	return plan.Cleanup(g, tag, listing, needed), nil
}

// clean ends a move. What may go is decided anew from the state after the promotion, and each folder is looked at once more
// directly before it is deleted: one that was written meanwhile is kept.
func (e *Engine) clean(ctx context.Context, g *attachment.Graph, r plan.Request, result *Result) error {
	listing, err := e.folder(ctx, failure.Source, r.Source.Image)
	if err != nil {
		return err
	}
	steps, err := e.deletes(ctx, g, r, r.Source.Tag, listing)
	if err != nil {
		return err
	}
	result.keepAll()
	return e.deleteAll(ctx, r.Source.Image, steps, result)
}

// deleteAll deletes in order, and stops at the first failure.
func (e *Engine) deleteAll(ctx context.Context, image reference.Image, steps []plan.Step, result *Result) error {
	for _, step := range steps {
		outcome, err := e.deleteOne(ctx, image, step)
		result.record(step, outcome)
		if err != nil {
			return explain(failure.Source, err, "deleting "+step.Path, "Delete on "+step.Path)
		}
		if outcome == StepKept {
			result.Warnings = append(result.Warnings, step.Path+" was written meanwhile and stays")
			if step.Action == plan.DeleteTag {
				// The tag was pushed again: what hangs on the old digest stays with it until the next run.
				return nil
			}
		}
	}
	return nil
}

func (e *Engine) deleteOne(ctx context.Context, image reference.Image, step plan.Step) (StepOutcome, error) {
	name := path.Base(step.Path)
	switch d, err := e.Registry.Resolve(ctx, image, name); {
	case errors.Is(err, failure.ErrNotFound):
		return StepDone, nil
	case err != nil:
		return StepFailed, err
	case d != step.Digest:
		return StepKept, nil
	}
	remove := func(ctx context.Context) error { return e.Mover.Delete(ctx, step.Path) }
	if err := e.write(ctx, remove, remove, e.absent(image, name)); err != nil && !errors.Is(err, failure.ErrNotFound) {
		return StepFailed, err
	}
	return StepDone, nil
}

// absent gives a look at the state: whether a tag or digest of an image is gone.
func (e *Engine) absent(image reference.Image, ref string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		_, err := e.Registry.Resolve(ctx, image, ref)
		if errors.Is(err, failure.ErrNotFound) {
			return true, nil
		}
		return false, err
	}
}

// finish completes a move whose source tag is gone already: the target tag tells the digest, and what is left of its graph at the
// source, and arrived at the target, is deleted. A copy of a tag that is not there is simply not found.
func (e *Engine) finish(ctx context.Context, s *survey, r plan.Request, result *Result) *Result {
	if !r.Move || s.target.Tagged == "" {
		return result.fail(&failure.Failure{
			Side:    failure.Source,
			Message: fmt.Sprintf("there is no tag %s", r.Source.Tagged(r.Source.Tag)),
			Hint:    "Check image and tag, and that you may read it: a server can hide what you may not.",
		})
	}
	p, err := e.leftovers(ctx, s, r)
	if err != nil {
		return result.fail(err)
	}
	result.adopt(p)
	switch {
	case p.Empty():
		result.Outcome = AlreadyThere
	case e.DryRun:
		result.Outcome = Planned
		s.pair.forget(p.Steps)
	default:
		result.Outcome, s.pair.written = Promoted, true
		if err := e.deleteAll(ctx, r.Source.Image, p.Steps, result); err != nil {
			return result.fail(err)
		}
	}
	return result
}

// leftovers finds what the interrupted move left at the source, by a walk that starts at the target's root manifest and goes
// through the source's folder.
func (e *Engine) leftovers(ctx context.Context, s *survey, r plan.Request) (*plan.Plan, error) {
	root, err := e.Registry.Manifest(ctx, r.Target.Image, r.Target.Tag)
	if err != nil {
		return nil, explain(failure.Target, err, r.Target.String(), "Read on "+r.Target.Image.String())
	}
	g, err := attachment.Discover(ctx, completed{Reader: e.Registry, target: r.Target.Image}, r.Source.Image, root, s.pair.From)
	if err != nil {
		return nil, explain(failure.Source, err, "looking for what is left in "+r.Source.Image.String(), "Read on "+r.Source.Image.String())
	}
	// Children that the earlier run deleted are no news.
	g.Warnings, g.Missing = nil, nil
	r.Source.Digest, r.Target.Digest = root.Digest, root.Digest
	p := &plan.Plan{Request: r, Graph: g}
	steps, err := e.deletes(ctx, g, r, "", s.pair.From)
	if err != nil {
		return nil, err
	}
	for _, step := range steps {
		there, err := e.atTarget(ctx, r.Target.Image, step)
		if err != nil {
			return nil, explain(failure.Target, err, r.Target.Image.String(), "Read on "+r.Target.Image.String())
		}
		if there {
			p.Steps = append(p.Steps, step)
			continue
		}
		p.Warnings = append(p.Warnings, step.Path+" is not at the target and stays")
	}
	return p, nil
}

// completed reads the source's manifests, and those that the source has no more from the target: what hung on them can be left.
type completed struct {
	attachment.Reader
	target reference.Image
}

// Manifest reads a tag at the source alone; only a digest means the same on both sides.
func (c completed) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	m, err := c.Reader.Manifest(ctx, image, ref)
	if _, isDigest := reference.ParseDigestFolder(ref); isDigest && errors.Is(err, failure.ErrNotFound) {
		return c.Reader.Manifest(ctx, c.target, ref)
	}
	return m, err
}

// atTarget tells whether the target holds what a step would delete at the source: the same digest, or for signatures and
// attestations a record that includes its entries.
func (e *Engine) atTarget(ctx context.Context, target reference.Image, step plan.Step) (bool, error) {
	name := path.Base(step.Path)
	m, err := e.Registry.Manifest(ctx, target, name)
	if errors.Is(err, failure.ErrNotFound) {
		return false, nil
	}
	return err == nil && (m.Digest == step.Digest || includes(m, step)), err
}

func includes(m manifest.Manifest, step plan.Step) bool {
	if step.Action == plan.DeleteAttachment && step.Manifest.IsIndex() {
		return len(step.Manifest.Content.Manifests) > 0 && !slices.ContainsFunc(step.Manifest.Content.Manifests, func(d ocispec.Descriptor) bool {
			return !slices.Contains(m.Children(), d.Digest)
		})
	}
	return step.Action == plan.DeleteAttachment && len(step.Manifest.Content.Layers) > 0 && m.Covers(step.Manifest)
}
