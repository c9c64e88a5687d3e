package promotion

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// each does something with every image that has not failed, those that share a path one after another.
func (p *buildPromotion) each(ctx context.Context, do func(context.Context, *Result) error) {
	var group errgroup.Group
	group.SetLimit(max(1, p.Threads))
	for _, lane := range schedule(p.Images, true) {
		group.Go(func() error {
			for _, at := range lane {
				if r := p.results[at]; r.Err == nil {
					r.end(do(ctx, r))
				}
			}
			return nil
		})
	}
	_ = group.Wait() // Errors are in the results.
}

// ready reports whether no image has failed; else those that have not are told to wait for the others.
func (p *buildPromotion) ready() bool {
	for _, r := range p.results {
		if r.Err != nil {
			p.wait(r.Err)
			return false
		}
	}
	return true
}

// wait ends the images that have not failed: a build is promoted as a whole.
func (p *buildPromotion) wait(cause error) {
	for _, r := range p.results {
		if r.Err == nil {
			r.end(&failure.Failure{
				Message: fmt.Sprintf("%s is not promoted, since the build is promoted as a whole", r.Request.Source),
				Refused: failure.IsRefusal(cause),
			})
		}
	}
}

// allowed asks the server whether the image and what is attached to it may be written, and moved.
func (p *buildPromotion) allowed(ctx context.Context, r *Result) error {
	if r.SourceGone {
		return parallel.All(func() error { return p.mayUpdate(ctx, r.Plan, true) },
			func() error { return p.mayDelete(ctx, r.Plan) })
	}
	root := r.Plan.Graph.Nodes[r.Plan.Graph.Root]
	from := rootFile(r.Plan.Request, root)
	var questions []func() error
	for _, step := range r.Plan.Of(plan.Promote, plan.CopyAttachment, plan.PushReferrer) {
		questions = append(questions, func() error {
			return p.mayWrite(ctx, from, step.Path+"/"+root.FileName(), step.Path, step.Before != "")
		})
	}
	questions = append(questions, func() error { return p.mayUpdate(ctx, r.Plan, false) },
		func() error { return p.mayDelete(ctx, r.Plan) })
	return parallel.All(questions...)
}

// attachments brings what is attached to an image. All plans were made before the first change: a folder that another
// image shares and has brought meanwhile must not be copied again, since it would nest.
func (p *buildPromotion) attachments(ctx context.Context, r *Result) error {
	copies := r.Plan.Of(plan.CopyAttachment)
	for _, step := range copies {
		if _, brought := p.brought.LoadOrStore(step.Path, true); brought {
			r.Record(step, plan.StepDone)
		}
	}
	if err := (&placing{Promoter: p.Promoter, plan: r.Plan, run: &r.Execution}).keepAll(ctx); err != nil {
		return err
	}
	return p.attach(ctx, &r.Execution, nil)
}

// unchanged is the last look at the source tag.
func (p *buildPromotion) unchanged(ctx context.Context, r *Result) error {
	if len(r.Plan.Of(plan.Promote)) == 0 {
		return nil
	}
	return (&placing{Promoter: p.Promoter, plan: r.Plan, run: &r.Execution}).sourceUnchanged(ctx)
}

// promote lets the server promote the build, once. After an unclear answer the state tells, as far as images can.
func (p *buildPromotion) promote(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	err := p.Send(ctx)
	if err == nil || remote.Refused(err) || len(p.results) == 0 {
		return remote.Explain(failure.Target, err, "promoting the build",
			"Deploy at the target, Delete there where something is replaced, and for a move Delete at the source")
	}
	for _, r := range p.results {
		if there, lookErr := p.Holds(r.Request.Target.Image, r.Request.Target.Tag,
			r.Plan.Graph.Root)(ctx); lookErr != nil || !there {
			return failure.At(failure.Target, err, "promoting the build: "+r.Request.Target.String()+" did not arrive",
				"Run the same command again.")
		}
	}
	p.unclear = true
	for _, r := range p.results {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the server did not say whether the build was promoted (%v); the images arrived", err))
	}
	return nil
}
