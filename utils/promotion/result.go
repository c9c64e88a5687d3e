package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/promotion/internal/cleanup"
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

// Result is what became of one image.
type Result struct {
	Request plan.Request
	plan.Execution
	Outcome Outcome
	// Verified holds what a policy says, as far as it was asked.
	Verified Verified
	Err      error

	// memory holds what was read of the source's other manifests.
	memory *attachment.Memory
	// unlisted names what a move leaves that belongs to the image and is in no list, as far as it is known beforehand.
	unlisted []string
	// attached reports that images alone were asked for, and that this is none.
	attached bool
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
	if r.TagStays {
		r.Outcome = Copied
	}
}

func (r *Result) fail(err error) {
	r.Err, r.Outcome = err, Failed
	if failure.IsRefusal(err) {
		r.Outcome = Refused
	}
	r.SkipRest()
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
		if s.Outcome == plan.StepDone {
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

// adopt takes over a plan and its request.
func (r *Result) adopt(p *plan.Plan) {
	r.Request = p.Request
	r.Adopt(p)
}

// alreadyThere ends a promotion that has nothing to do. A move that has nothing to delete either has kept its tag.
func (r *Result) alreadyThere() error {
	if len(r.unlisted) > 0 {
		r.TagStays = !r.SourceGone
		return cleanup.NotListed(r.Request.Source.Image, r.unlisted)
	}
	r.Outcome = AlreadyThere
	return nil
}

// compact lets go of all that only a promotion needs, manifests above all, so that a run over many images does not grow
// with what it has read of them. What a report tells stays; the graph does not.
func (r *Result) compact() {
	r.memory = nil
	r.Compact()
	r.Verified = Verified{Source: outlined(r.Verified.Source), Target: outlined(r.Verified.Target)}
	if r.Plan == nil {
		return
	}
	items := slices.Clone(r.Plan.Items)
	for i := range items {
		items[i].Manifest = items[i].Manifest.Outline()
	}
	r.Plan = &plan.Plan{Request: r.Plan.Request, Items: items, Replaces: r.Plan.Replaces}
}

// outlined leaves the verdict as it is: others may look at the same evidence.
func outlined(v *policy.Verdict) *policy.Verdict {
	if v == nil {
		return nil
	}
	kept := *v
	kept.Evidence = slices.Clone(v.Evidence)
	for i := range kept.Evidence {
		kept.Evidence[i].Attachment.Manifest = kept.Evidence[i].Attachment.Manifest.Outline()
	}
	return &kept
}
