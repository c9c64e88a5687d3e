package promotion

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// finish completes a move whose source tag is gone already: the target tag tells the digest, and what is left of its graph at the
// source, and arrived at the target, is deleted. A copy of a tag that is not there is simply not found.
func (e *Engine) finish(ctx context.Context, s *survey, r plan.Request, result *Result) *Result {
	result.Gone, result.Seen = true, s.target
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
	result.Seen = s.target
	if err := e.approve(ctx, result); err != nil {
		return result.fail(err)
	}
	switch {
	case p.Empty():
		result.Outcome = AlreadyThere
	case e.DryRun:
		result.Outcome = Planned
		s.pair.forget(p.Steps)
	default:
		if err := e.mayDelete(ctx, p); err != nil {
			return result.fail(err)
		}
		result.Outcome, s.pair.written = Promoted, true
		err := (&placing{Engine: e, plan: p, result: result}).unstage(ctx)
		if err == nil {
			err = e.cleanRest(ctx, p, result)
		}
		if err != nil {
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
	if err := e.staged(ctx, s, r); err != nil {
		return nil, err
	}
	p.Unstage(s.target.Staged)
	steps, _, err := e.deletes(ctx, g, r, "", s.pair.From)
	if err != nil {
		return nil, err
	}
	arrived, err := e.arrivedOnly(ctx, r.Target.Image, steps, func(step plan.Step) {
		p.Warnings = append(p.Warnings, step.Path+" is not at the target and stays")
	})
	p.Steps = append(p.Steps, arrived...)
	return p, err
}

// staged reads what an earlier run has left behind the staging tag.
func (e *Engine) staged(ctx context.Context, s *survey, r plan.Request) error {
	state := &reading{Engine: e, survey: s}
	state.staging(ctx, r)
	return explain(failure.Target, inOrder(state.calls...), "reading "+r.Target.Image.String(), "Read on "+r.Target.Image.String())
}

// cleanRest deletes what leftovers found, as far as it still may go.
func (e *Engine) cleanRest(ctx context.Context, p *plan.Plan, result *Result) error {
	allowed := func(ctx context.Context, steps []plan.Step) ([]plan.Step, error) {
		return e.arrivedOnly(ctx, p.Target.Image, steps, func(plan.Step) {})
	}
	return (&cleaning{Engine: e, graph: p.Graph, request: p.Request, result: result, allowed: allowed}).run(ctx)
}

// arrivedOnly keeps those deletes whose content the target has, and tells of the others.
func (e *Engine) arrivedOnly(ctx context.Context, target reference.Image, steps []plan.Step, left func(plan.Step)) ([]plan.Step, error) {
	var kept []plan.Step
	for _, step := range steps {
		there, err := e.atTarget(ctx, target, step)
		if err != nil {
			return nil, explain(failure.Target, err, target.String(), "Read on "+target.String())
		}
		if !there {
			left(step)
			continue
		}
		kept = append(kept, step)
	}
	return kept, nil
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
