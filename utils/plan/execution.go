package plan

import (
	"slices"

	"github.com/signed-promote/signed-promote/utils/manifest"
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

// StepResult is a step and what became of it.
type StepResult struct {
	Step
	Outcome StepOutcome
}

// Execution is a plan that is carried out, and what became of its steps.
type Execution struct {
	// Plan is nil when reading failed before there was one.
	Plan *Plan
	// TargetState is what the target held when the plan was made. SourceGone reports that the source tag was moved by
	// an earlier run, after which only the target's tag is known.
	TargetState Target
	SourceGone  bool
	Steps       []StepResult
	Warnings    []string
	// Stays is what a move leaves at the source, because something there needs it; TagStays reports that a move has
	// ended and left the source tag.
	Stays    []Stay
	TagStays bool

	// records are those behind suffix tags and fallback tags, by their paths, as the target was left with them.
	records map[string]manifest.Manifest
}

// Adopt takes over a plan, its warnings, and its steps as planned.
func (e *Execution) Adopt(p *Plan) {
	e.Plan, e.Steps = p, planned(p.Steps)
	e.Warnings = append(e.Warnings, p.Warnings...)
}

func planned(steps []Step) []StepResult {
	all := make([]StepResult, 0, len(steps))
	for _, s := range steps {
		all = append(all, StepResult{Step: s, Outcome: StepPlanned})
	}
	return all
}

// Warn adds to the warnings what is not empty.
func (e *Execution) Warn(texts ...string) {
	e.Warnings = append(e.Warnings, slices.DeleteFunc(texts, func(text string) bool { return text == "" })...)
}

// Record notes the outcome of a step. Every step is recorded by one goroutine, in its own place.
func (e *Execution) Record(s Step, outcome StepOutcome) {
	for i := range e.Steps {
		if e.Steps[i].Action == s.Action && e.Steps[i].Path == s.Path {
			e.Steps[i].Outcome = outcome
			return
		}
	}
	e.Steps = append(e.Steps, StepResult{Step: s, Outcome: outcome})
}

// Ended notes a step as done, or as failed, and hands its error on.
func (e *Execution) Ended(s Step, err error) error {
	outcome := StepDone
	if err != nil {
		outcome = StepFailed
	}
	e.Record(s, outcome)
	return err
}

// OutcomeOf reports what became of a step so far.
func (e *Execution) OutcomeOf(s Step) StepOutcome {
	for _, known := range e.Steps {
		if known.Action == s.Action && known.Path == s.Path {
			return known.Outcome
		}
	}
	return StepPlanned
}

// Replan takes over the steps of a plan that was changed under way; what is done stays done.
func (e *Execution) Replan() {
	before := e.Steps
	e.Steps = planned(e.Plan.Steps)
	for _, old := range before {
		if old.Action != Promote && !old.Action.Deletes() {
			e.Record(old.Step, old.Outcome)
		}
	}
}

// SkipRest marks the steps that were not reached.
func (e *Execution) SkipRest() {
	for i := range e.Steps {
		if e.Steps[i].Outcome == StepPlanned {
			e.Steps[i].Outcome = StepSkipped
		}
	}
}

// KeepRest marks the deletes that were planned and not carried out as kept, and says why, unless it is told what needs
// them.
func (e *Execution) KeepRest(why string) {
	for i, s := range e.Steps {
		if !s.Action.Deletes() || s.Outcome != StepPlanned {
			continue
		}
		e.Steps[i].Outcome = StepKept
		if !slices.ContainsFunc(e.Stays, func(stay Stay) bool { return stay.Path == s.Path }) {
			e.Warnings = append(e.Warnings, s.Path+" stays: "+why)
		}
	}
}

// Leave notes the record that the target was left with behind a suffix tag or fallback tag.
func (e *Execution) Leave(path string, record manifest.Manifest) {
	if record.Digest == "" {
		return
	}
	if e.records == nil {
		e.records = map[string]manifest.Manifest{}
	}
	e.records[path] = record
}

// Left returns the record behind a suffix tag or fallback tag as this run has left it: as it was seen after the last
// write, or before.
func (e *Execution) Left(path string) (m manifest.Manifest, known bool) {
	if m, known = e.records[path]; known {
		return m, true
	}
	m, known = e.TargetState.Records[path]
	return m, known
}

// Compact lets go of what only the execution needs.
func (e *Execution) Compact() {
	e.TargetState, e.records = Target{}, nil
	for i := range e.Steps {
		e.Steps[i].Manifest = e.Steps[i].Manifest.Outline()
	}
}
