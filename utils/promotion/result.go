package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// Outcome reports how the promotion of one image ended.
type Outcome string

// The outcomes.
const (
	Planned  Outcome = "planned"
	Promoted Outcome = "promoted"
	// Copied is a move that left its source tag: for something that needs it there, or, with an error, because
	// something is left to bring or to delete.
	Copied       Outcome = "copied"
	AlreadyThere Outcome = "already-there"
	Refused      Outcome = "refused"
	Failed       Outcome = "failed"
	// NotBegun is an image whose turn did not come, because the run was to end before.
	NotBegun Outcome = "not-begun"
)

// StepOutcome reports how one step ended.
type StepOutcome string

// The outcomes of a step. Kept is a delete that was left out because its folder changed or is needed again; skipped is
// a step that was not reached.
const (
	StepPlanned StepOutcome = "planned"
	StepDone    StepOutcome = "done"
	StepFailed  StepOutcome = "failed"
	StepKept    StepOutcome = "kept"
	StepSkipped StepOutcome = "skipped"
)

// Result is what became of one image.
type Result struct {
	Request plan.Request
	// Plan is nil when reading failed before there was one.
	Plan *plan.Plan
	// Seen is what the target held when the plan was made. Gone tells that the source tag was moved by an earlier run,
	// after which only the target's tag is known.
	Seen     plan.Target
	Gone     bool
	Outcome  Outcome
	Steps    []StepResult
	Warnings []string
	// Stays is what a move leaves at the source, because something there needs it.
	Stays []plan.Stay
	// Verified holds what a policy says, as far as it was asked.
	Verified Verified
	Err      error

	// memory holds what was read of the source's other manifests, and tagStays that a move has ended and left the
	// source tag.
	memory   *attachment.Memory
	tagStays bool
	// unlisted names what a move leaves that belongs to the image and is in no list, as far as it is known beforehand.
	unlisted []string
	// attached reports that images alone were asked for, and that this is none.
	attached bool
	// held are the records behind suffix tags and fallback tags, by their paths, as the target was left with them.
	held map[string]manifest.Manifest
}

// StepResult is a step and what became of it.
type StepResult struct {
	plan.Step
	Outcome StepOutcome
}

// end sets the outcome: refused when nothing may be done, failed after any other error. A move that left its source tag
// is no more than a copy.
func (r *Result) end(err error) {
	switch {
	case err != nil:
		r.fail(err)
	case r.Outcome == "" && !r.attached:
		r.Outcome = Promoted
	}
	if r.tagStays {
		r.Outcome = Copied
	}
}

func (r *Result) fail(err error) {
	r.Err, r.Outcome = err, Failed
	if failure.IsRefusal(err) {
		r.Outcome = Refused
	}
	for i := range r.Steps {
		if r.Steps[i].Outcome == StepPlanned {
			r.Steps[i].Outcome = StepSkipped
		}
	}
	if errors.Is(err, context.Canceled) {
		r.Err = r.interrupted()
	}
}

// interrupted tells of a run that was to end what is done and what is not.
func (r *Result) interrupted() error {
	if r.Plan == nil {
		return &failure.Failure{Message: "nothing was changed yet"}
	}
	done, shown := 0, len(r.Plan.Of(plan.Promote, plan.SetTag)) == 0
	for _, s := range r.Steps {
		if s.Outcome == StepDone {
			done++
			shown = shown || s.Action == plan.Promote || s.Action == plan.SetTag
		}
	}
	tag := "does not show the image yet"
	if shown {
		tag = "shows the image, with all that hangs on it"
	}
	return &failure.Failure{
		Message: fmt.Sprintf("%d of %d changes are done; %s %s", done, len(r.Steps),
			r.Request.Target.Tagged(r.Request.Target.Tag), tag),
	}
}

// adopt takes over a plan, its warnings, and its steps as planned.
func (r *Result) adopt(p *plan.Plan) {
	r.Plan, r.Request, r.Steps = p, p.Request, nil
	r.Warnings = append(r.Warnings, p.Warnings...)
	for _, s := range p.Steps {
		r.Steps = append(r.Steps, StepResult{Step: s, Outcome: StepPlanned})
	}
}

// record notes the outcome of a step. Every step is recorded by one goroutine, in its own place.
func (r *Result) record(s plan.Step, outcome StepOutcome) {
	for i := range r.Steps {
		if r.Steps[i].Action == s.Action && r.Steps[i].Path == s.Path {
			r.Steps[i].Outcome = outcome
			return
		}
	}
	r.Steps = append(r.Steps, StepResult{Step: s, Outcome: outcome})
}

// outcome reports what became of a step so far.
func (r *Result) outcome(s plan.Step) StepOutcome {
	for _, known := range r.Steps {
		if known.Action == s.Action && known.Path == s.Path {
			return known.Outcome
		}
	}
	return StepPlanned
}

// replan takes over the steps of a plan that was changed under way; what is done stays done.
func (r *Result) replan() {
	before := r.Steps
	r.Steps = nil
	for _, s := range r.Plan.Steps {
		r.Steps = append(r.Steps, StepResult{Step: s, Outcome: StepPlanned})
	}
	for _, old := range before {
		if old.Action != plan.Promote && !old.Action.Deletes() {
			r.record(old.Step, old.Outcome)
		}
	}
}

// keepRest marks the deletes that were planned and not carried out as kept, and says why, unless it is told what needs
// them.
func (r *Result) keepRest(why string) {
	for i, s := range r.Steps {
		if !s.Action.Deletes() || s.Outcome != StepPlanned {
			continue
		}
		r.Steps[i].Outcome = StepKept
		if !slices.ContainsFunc(r.Stays, func(stay plan.Stay) bool { return stay.Path == s.Path }) {
			r.Warnings = append(r.Warnings, s.Path+" stays: "+why)
		}
	}
}
