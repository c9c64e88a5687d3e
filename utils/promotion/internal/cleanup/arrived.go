package cleanup

import (
	"context"
	"errors"
	"path"
	"slices"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// CleanRest deletes what an interrupted move left, as far as it still may go.
func (c Cleaner) CleanRest(ctx context.Context, p *plan.Plan, run *plan.Execution) error {
	allowed := func(ctx context.Context, steps []plan.Step) ([]plan.Step, error) {
		return c.ArrivedOnly(ctx, p, steps, func(plan.Step) {})
	}
	return (&cleaning{Cleaner: c, graph: p.Graph, request: p.Request, run: run, allowed: allowed}).clean(ctx)
}

// ArrivedOnly keeps those deletes whose content the target has, or gets before anything is deleted, and tells of the
// others.
func (c Cleaner) ArrivedOnly(ctx context.Context, p *plan.Plan, steps []plan.Step,
	left func(plan.Step),
) ([]plan.Step, error) {
	var kept []plan.Step
	target := p.Target.Image
	for _, step := range steps {
		there := p.Brings(step)
		if !there {
			var err error
			if there, err = c.atTarget(ctx, target, step); err != nil {
				return nil, remote.Explain(failure.Target, err, target.String(), "Read on "+target.String())
			}
		}
		if !there {
			left(step)
			continue
		}
		kept = append(kept, step)
	}
	return kept, nil
}

// atTarget reports whether the target holds what a step would delete at the source: the same digest, or for signatures
// and attestations a record that includes its entries.
func (c Cleaner) atTarget(ctx context.Context, target reference.Image, step plan.Step) (bool, error) {
	name := path.Base(step.Path)
	if step.Action == plan.DeleteAttachment && reference.IsImageTag(name) {
		// A tag of a referrer is a name for what arrives by its digest.
		name = reference.DigestFolder(step.Digest)
	}
	m, err := c.ShownManifest(ctx, failure.Target, target, name)
	if errors.Is(err, failure.ErrNotFound) {
		return false, nil
	}
	return err == nil && (m.Digest == step.Digest || includes(m, step)), err
}

func includes(m manifest.Manifest, step plan.Step) bool {
	if step.Action == plan.DeleteAttachment && step.Manifest.IsIndex() {
		return len(step.Manifest.Content.Manifests) > 0 && !slices.ContainsFunc(step.Manifest.Content.Manifests,
			func(d ocispec.Descriptor) bool {
				return !slices.Contains(m.Children(), d.Digest)
			})
	}
	return step.Action == plan.DeleteAttachment && len(step.Manifest.Content.Layers) > 0 && m.Covers(step.Manifest)
}
