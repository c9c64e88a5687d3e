package promotion

import (
	"context"
	"fmt"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// finishImage reads an image back, and after a move deletes what the server left of it.
func (p *buildPromotion) finishImage(ctx context.Context, r *Result) error {
	if r.Plan.Empty() {
		r.Outcome = AlreadyThere
		return nil
	}
	image := &placing{Promoter: p.Promoter, plan: r.Plan, run: &r.Execution, doubt: p.unclear}
	for _, step := range r.Plan.Of(plan.Promote) {
		twin, err := p.takenInstead(ctx, r)
		switch {
		case err != nil:
			return err
		case twin != "":
			r.Record(step, plan.StepSkipped)
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s was not promoted: the server took %s, which shows the same image",
				r.Request.Source.Tagged(r.Request.Source.Tag), twin))
			continue
		}
		if err := image.run.Ended(step, image.arrived(ctx, r.Request.Target.Tag, step.Before)); err != nil {
			return err
		}
	}
	if err := p.relist(ctx, r.Plan); err != nil {
		return err
	}
	r.Outcome = Promoted
	if !r.Request.Move {
		return nil
	}
	if err := image.proved(ctx); err != nil {
		return err
	}
	return p.cleanSource(ctx, r)
}

// takenInstead names the tag of the build that the server took in place of this one: a build-info records checksums and
// no tags, and what a server does with two tags of one image is not known (contract build-one-match).
func (p *buildPromotion) takenInstead(ctx context.Context, r *Result) (twin string, err error) {
	shown := func(of *Result) (bool, error) {
		d, err := p.At(failure.Target).SurelyResolve(ctx, of.Request.Target.Image, of.Request.Target.Tag)
		return d == r.Plan.Graph.Root, err
	}
	if there, err := shown(r); there || err != nil {
		return "", err
	}
	for _, other := range p.results {
		if other == r || other.Plan.Graph.Root != r.Plan.Graph.Root {
			continue
		}
		if there, err := shown(other); there || err != nil {
			return other.Request.Source.Tagged(other.Request.Source.Tag), err
		}
	}
	return "", nil
}

// cleanSource ends a move, unless the server took the build from elsewhere and left this source as it is.
func (p *buildPromotion) cleanSource(ctx context.Context, r *Result) error {
	if r.SourceGone {
		return p.cleaner().CleanRest(ctx, r.Plan, &r.Execution)
	}
	source := r.Request.Source
	d, err := p.At(failure.Source).SurelyResolve(ctx, source.Image, source.Tag)
	if err != nil {
		return err
	}
	if d != "" {
		r.TagStays = true
		r.KeepRest("the server did not move " + source.Tagged(source.Tag) +
			"; it may have taken the build from another repository")
		return nil
	}
	return p.cleaner().Clean(ctx, r.Plan.Graph, r.Plan.Request, &r.Execution, r.memory)
}
