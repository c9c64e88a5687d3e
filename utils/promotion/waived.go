package promotion

import (
	"slices"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// leaveWaived leaves at the source the records that --on-conflict keep waives: they are nowhere else. It goes by what
// the target was left with, which somebody may have written meanwhile.
func (d *departure) leaveWaived(p *plan.Plan, run *plan.Execution) {
	goes, stays := p.LeaveWaived(d.steps, run.Left)
	d.steps, d.stays = goes, slices.Concat(d.stays, stays)
}

// movesAttachment refuses to move an attachment that was named as if it were an image: what it is attached to would
// lose it.
func movesAttachment(isImage bool, r plan.Request) error {
	if !r.Move || isImage {
		return nil
	}
	return failure.Refuse(failure.Source, "Promote the image that it is attached to: it travels along. Or use --copy.",
		"%s is attached to an image, which would lose it", r.Source.Tagged(r.Source.Tag))
}
