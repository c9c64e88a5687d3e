package promotion

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/merge"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// approve asks whoever has to agree. For those who only plan it foresees first what merges will leave, so that a plan names every
// digest.
func (e *Engine) approve(ctx context.Context, result *Result) error {
	if e.DryRun {
		if err := e.foresee(ctx, result); err != nil {
			return err
		}
	}
	if e.Approve == nil {
		return nil
	}
	return e.Approve(result)
}

// foresee computes the digests of the records that merges will write. They depend on nothing but both records.
func (e *Engine) foresee(ctx context.Context, result *Result) error {
	p := result.Plan
	for i := range p.Steps {
		if p.Steps[i].Action != plan.MergeAttachment {
			continue
		}
		s := &settling{Engine: e, plan: p, step: p.Steps[i]}
		theirs := result.Seen.Records[p.Steps[i].Path]
		config, err := s.config(ctx, theirs)
		if err != nil {
			return explain(failure.Target, err, "reading "+p.Steps[i].Path, "Read on "+p.Steps[i].Path)
		}
		record, err := merge.Records(theirs, p.Steps[i].Manifest, config)
		if err != nil {
			return err
		}
		p.Steps[i].After = record.Manifest.Digest
		result.Steps[i].After = record.Manifest.Digest
	}
	return nil
}

// agreed leaves of the deletes that the state allows those that a binding plan names.
func agreed(p *plan.Plan, deletes []plan.Step) []plan.Step {
	if !p.Binding {
		return deletes
	}
	return slices.DeleteFunc(deletes, func(s plan.Step) bool {
		return !slices.ContainsFunc(p.Steps, func(planned plan.Step) bool {
			return planned.Action.Deletes() && planned.Path == s.Path && planned.Digest == s.Digest
		})
	})
}

func notAgreed(step plan.Step, now digest.Digest) error {
	return &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("%s was written meanwhile and holds %s, which is not what the plan is about", step.Path, orNothing(now)),
		Hint:    "The image's tag was not touched. Make a new plan.",
	}
}
