package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Promote brings one tag to its target. open gives the pair of images, read once for all of their tags. The context
// ends the run between two writes; a write that is under way is finished and read back.
func (e *Promoter) Promote(ctx context.Context, open func() (*Pair, error), r plan.Request) *Result {
	result := &Result{Request: r}
	result.end(e.promote(ctx, open, result))
	return result
}

func (e *Promoter) promote(ctx context.Context, open func() (*Pair, error), result *Result) error {
	r := result.Request
	if err := failure.Join(intoItself(r), ownPlace(r)); err != nil {
		return err
	}
	s, err := e.look(ctx, open, r)
	if err != nil {
		return err
	}
	isImage := s.gone || !r.ImagesOnly && !r.Move
	if !isImage {
		if isImage, err = e.inspect().CountsAsImage(ctx, failure.Source, r.Source, s.root); err != nil {
			return err
		}
	}
	if result.attached = r.ImagesOnly && !isImage; result.attached {
		return nil
	}
	if err := movesAttachment(isImage, r); err != nil {
		return err
	}
	tagged := e.tagAhead(ctx, s, r)
	allowed := e.checkAhead(ctx, s, r, tagged)
	if !s.gone {
		if err := e.discover(ctx, s); err != nil {
			return err
		}
		if err := e.verifySource(ctx, s.graph, result); err != nil {
			return err
		}
	}
	if s.target.Tagged, err = tagged(); err != nil {
		return err
	}
	var leave func()
	s.pair, leave, err = s.pair.enter(ctx, e, s.claims(r))
	defer leave()
	switch {
	case err != nil:
		return err
	case s.gone:
		return e.finish(ctx, s, r, result)
	}
	return e.planAndRun(ctx, s, result, allowed)
}

func (e *Promoter) planAndRun(ctx context.Context, s *survey, result *Result, allowed func() error) error {
	attachable := e.attachAhead(ctx, s, result.Request)
	if err := e.compare(ctx, s, result.Request); err != nil {
		return err
	}
	request := result.Request
	request.Proved = result.Verified.Source.Proves(s.graph.Root)
	p, refusal, err := e.make(ctx, s, request)
	if err != nil {
		return err
	}
	result.TargetState = s.target
	if refusal == nil {
		refusal = e.planDeletes(ctx, p, s.pair.From, result)
	}
	p.Warnings = append(p.Warnings, p.OverLimit(s.pair.limit, s.pair.To)...)
	result.adopt(p)
	if refusal == nil {
		refusal = e.approve(ctx, result)
	}
	if refusal != nil {
		return refusal
	}
	return e.run(ctx, s, result, allowed, attachable)
}

// make makes the plan. Where --on-conflict keep leaves it to the target's own signatures whether the image is signed,
// those are read first.
func (e *Promoter) make(ctx context.Context, s *survey, r plan.Request) (p *plan.Plan, refusal, err error) {
	p, refusal = plan.Make(r, s.graph, s.target)
	if !p.DependsOnTarget(s.target) {
		return p, refusal, nil
	}
	if s.target.Signed, err = e.signedThere(ctx, s, p); err != nil || !s.target.Signed {
		return p, refusal, err
	}
	p, refusal = plan.Make(r, s.graph, s.target)
	return p, refusal, nil
}

// run carries out the plan of a result, once all that was asked ahead is answered.
func (e *Promoter) run(ctx context.Context, s *survey, result *Result, asked ...func() error) error {
	p := result.Plan
	switch {
	case p.Empty():
		if err := e.verifyTarget(ctx, result); err != nil {
			return err
		}
		return result.alreadyThere()
	case e.DryRun:
		result.Outcome = Planned
		s.pair.forget(p.Steps)
		return nil
	}
	asked = append(asked, func() error { return e.mayUpdate(ctx, p, false) }, func() error { return e.mayDelete(ctx, p) })
	if err := parallel.All(asked...); err != nil {
		return err
	}
	s.pair.written = true
	return e.carryOut(ctx, result)
}

// carryOut runs the steps in the order that the guarantees need.
func (e *Promoter) carryOut(ctx context.Context, result *Result) error {
	p := result.Plan
	i := &placing{Promoter: e, plan: p, run: &result.Execution}
	err := e.linkTorn(ctx, &result.Execution)
	if err == nil {
		err = i.keepAll(ctx)
	}
	if err == nil {
		err = e.attach(ctx, &result.Execution, i.recheckEarly(ctx))
	}
	if wantsSubject(err) && p.ByStaging() {
		err = e.subjectFirst(ctx, i)
	}
	if err != nil {
		return err
	}
	if err := e.place(ctx, i, result); err != nil {
		return i.abandon(ctx, err)
	}
	if err := e.relist(ctx, p); err != nil {
		return err
	}
	if p.Move || len(p.Of(plan.RemoveStaging)) > 0 {
		if err := i.proved(ctx); err != nil {
			return err
		}
	}
	if err := i.unstage(ctx); err != nil {
		return err
	}
	if p.Move {
		return e.cleaner().Clean(ctx, p.Graph, p.Request, &result.Execution, result.memory)
	}
	return nil
}

// place runs the steps of the plan that are about the image itself.
func (e *Promoter) place(ctx context.Context, p *placing, result *Result) error {
	if step, ok := p.plan.The(plan.Promote); ok {
		if err := e.verifyTarget(ctx, result); err != nil {
			return err
		}
		return p.run.Ended(step, p.promote(ctx, step))
	}
	if err := p.stage(ctx); err != nil {
		return err
	}
	if err := e.verifyTarget(ctx, result); err != nil {
		return err
	}
	if step, ok := p.plan.The(plan.SetTag); ok {
		return p.run.Ended(step, p.setTag(ctx, step))
	}
	return nil
}

// subjectFirst is the way for a registry that refuses attachments whose subject it does not have, or does not list
// them: the image comes under its staging tag, then what is attached to it, then the target tag.
func (e *Promoter) subjectFirst(ctx context.Context, p *placing) error {
	p.run.Replan()
	p.run.Warnings = append(p.run.Warnings,
		"the registry takes attachments only for an image that it has: the image is put under the tag "+
			reference.StagingTag(p.plan.Target.Tag)+" first, and gets its own tag once everything is attached")
	if err := p.stage(ctx); err != nil {
		return err
	}
	if err := e.attach(ctx, p.run, nil); err != nil {
		return p.abandon(ctx, err)
	}
	return nil
}

// planDeletes adds what a move deletes at the source, as far as it can be told beforehand.
func (e *Promoter) planDeletes(ctx context.Context, p *plan.Plan, listing attachment.Listing, result *Result) error {
	if !p.Move {
		return nil
	}
	result.memory = attachment.Remember(e.Named(failure.Source))
	departure, err := e.cleaner().Deletes(ctx, result.memory, p.Graph, p.Request, p.Source.Tag, listing)
	departure.LeaveWaived(p, &result.Execution)
	p.Steps = append(p.Steps, departure.Steps...)
	result.Stays, result.unlisted = departure.Stays, departure.Unlisted
	return err
}
