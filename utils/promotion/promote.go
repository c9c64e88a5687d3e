package promotion

import (
	"context"
	"fmt"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Promote brings one tag to its target. open gives the pair of images, read once for all of their tags. The context ends the run
// between two writes; a write that is under way is finished and read back.
func (e *Engine) Promote(ctx context.Context, open func() (*Pair, error), r plan.Request) *Result {
	result := &Result{Request: r}
	s, err := e.look(ctx, open, r)
	if err != nil {
		return result.fail(err)
	}
	allowed := e.checkAhead(ctx, s, r)
	if !s.gone {
		if err := e.discover(ctx, s); err != nil {
			return result.fail(err)
		}
	}
	leave, err := s.pair.enter(ctx, e)
	defer leave()
	switch {
	case err != nil:
		return result.fail(err)
	case s.gone:
		return e.finish(ctx, s, r, result)
	}
	return e.planAndRun(ctx, s, result, allowed)
}

func (e *Engine) planAndRun(ctx context.Context, s *survey, result *Result, allowed func() error) *Result {
	if err := e.compare(ctx, s, result.Request); err != nil {
		return result.fail(err)
	}
	p, refusal := plan.Make(result.Request, s.graph, s.target)
	if refusal == nil {
		refusal = e.planDeletes(ctx, p, s.pair.From)
	}
	result.adopt(p)
	if refusal != nil {
		return result.fail(refusal)
	}
	return e.run(ctx, s, result, allowed)
}

// run carries out the plan of a result.
func (e *Engine) run(ctx context.Context, s *survey, result *Result, allowed func() error) *Result {
	p := result.Plan
	switch {
	case p.Empty():
		result.Outcome = AlreadyThere
		return result
	case e.DryRun:
		result.Outcome = Planned
		s.pair.forget(p.Steps)
		return result
	}
	err := inOrder(allowed, func() error { return e.mayUpdate(ctx, p) })
	if err == nil {
		s.pair.written = true
		err = e.carryOut(ctx, result)
	}
	if err != nil {
		return result.fail(err)
	}
	result.Outcome = Promoted
	return result
}

// carryOut runs the steps in the order that the guarantees need.
func (e *Engine) carryOut(ctx context.Context, result *Result) error {
	p := result.Plan
	if err := e.attach(ctx, result); err != nil {
		return err
	}
	if err := e.promoteImage(ctx, p, result); err != nil {
		return err
	}
	if err := e.relist(ctx, p); err != nil {
		return err
	}
	if p.Move {
		return e.clean(ctx, p.Graph, p.Request, result)
	}
	return nil
}

// promoteImage lets the server promote, and proves that the target now shows exactly what was planned.
func (e *Engine) promoteImage(ctx context.Context, p *plan.Plan, result *Result) error {
	steps := p.Of(plan.Promote)
	if len(steps) == 0 {
		return nil
	}
	step := steps[0]
	result.record(step, StepFailed)
	if err := e.sourceUnchanged(ctx, p); err != nil {
		return err
	}
	write := func(ctx context.Context) error { return e.Mover.Promote(ctx, p.Source, p.Target) }
	there := e.shows(p.Target.Image, p.Target.Tag, p.Graph.Root)
	if err := e.write(ctx, write, write, there); err != nil {
		return explainPromote(err, fmt.Sprintf("promoting %s to %s", p.Source.Tagged(p.Source.Tag), p.Target.Tagged(p.Target.Tag)), needsDeploy(p.Target.Image.String(), p.Replaces != ""))
	}
	if err := e.arrived(ctx, p, step); err != nil {
		return err
	}
	result.record(step, StepDone)
	return nil
}

// sourceUnchanged is the last look before the promotion: Artifactory promotes a tag, not a digest.
func (e *Engine) sourceUnchanged(ctx context.Context, p *plan.Plan) error {
	d, err := e.Registry.Resolve(ctx, p.Source.Image, p.Source.Tag)
	if err != nil {
		return explain(failure.Source, err, p.Source.String(), "Read on "+p.Source.Image.String())
	}
	if d != p.Graph.Root {
		return &failure.Failure{
			Side:    failure.Source,
			Message: fmt.Sprintf("%s was pushed again while it was being promoted: it held %s and now holds %s", p.Source.Tagged(p.Source.Tag), p.Graph.Root, d),
			Hint:    "The target tag was not touched. Run the command again to promote the new image.",
		}
	}
	return nil
}

// planDeletes adds what a move deletes at the source, as far as it can be told beforehand.
func (e *Engine) planDeletes(ctx context.Context, p *plan.Plan, listing attachment.Listing) error {
	if !p.Move {
		return nil
	}
	deletes, err := e.deletes(ctx, p.Graph, p.Request, p.Source.Tag, listing)
	p.Steps = append(p.Steps, deletes...)
	return err
}

// arrived reads the promoted image back: every child by digest, and the tag.
func (e *Engine) arrived(ctx context.Context, p *plan.Plan, step plan.Step) error {
	calls := []func() error{func() error { return e.await(ctx, p.Target.Image, p.Target.Tag, p.Graph.Root, step.Before) }}
	for _, d := range p.Graph.ImageDigests()[1:] {
		if _, there := p.Graph.Nodes[d]; there {
			calls = append(calls, func() error { return e.await(ctx, p.Target.Image, reference.DigestFolder(d), d, "") })
		}
	}
	return inOrder(calls...)
}
