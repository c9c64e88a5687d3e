package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// finishImage reads an image back, and after a move deletes what the server left of it.
func (p *buildPromotion) finishImage(ctx context.Context, r *Result) error {
	if r.Plan.Empty() {
		r.Outcome = AlreadyThere
		return nil
	}
	image := &placing{Engine: p.Engine, plan: r.Plan, result: r}
	for _, step := range r.Plan.Of(plan.Promote) {
		if err := image.record(step, image.arrived(ctx, r.Request.Target.Tag, step.Before)); err != nil {
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
	return p.cleanSource(ctx, r)
}

// cleanSource ends a move, unless the server took the build from elsewhere and left this source as it is.
func (p *buildPromotion) cleanSource(ctx context.Context, r *Result) error {
	if r.Gone {
		return p.cleanRest(ctx, r.Plan, r)
	}
	source := r.Request.Source
	d, err := p.holding(ctx, source.Image, source.Tag)
	if err != nil {
		return explain(failure.Source, err, source.Tagged(source.Tag), "Read on "+source.Image.String())
	}
	if d != "" {
		r.keepRest("the server did not move " + source.Tagged(source.Tag) + "; it may have taken the build from another repository")
		return nil
	}
	return p.clean(ctx, r.Plan.Graph, r.Plan.Request, r)
}
