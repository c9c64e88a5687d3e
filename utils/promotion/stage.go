package promotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// stage promotes to the staging tag and checks that exactly the planned image arrived there. What else an earlier run has left behind
// that tag goes first.
func (p *placing) stage(ctx context.Context) error {
	for _, step := range p.plan.Of(plan.StageImage) {
		if p.staged {
			return nil
		}
		return p.record(step, p.stageImage(ctx, step))
	}
	return nil
}

func (p *placing) stageImage(ctx context.Context, step plan.Step) error {
	tag, before := reference.StagingTag(p.plan.Target.Tag), step.Before
	if before != "" && before != p.plan.Graph.Root {
		if err := p.dropTag(ctx, tag, before); err != nil {
			return explain(failure.Target, err, "deleting "+step.Path+", which an earlier run has left", "Delete on "+step.Path)
		}
		before = ""
	}
	sent, err := p.promoteTo(ctx, tag, before)
	switch {
	case isBadRequest(err):
		err = p.assemble(ctx, tag, before, err)
	case err == nil:
		err = p.arrived(ctx, tag, before)
	}
	if err != nil && sent {
		return p.unstageWrong(context.WithoutCancel(ctx), err)
	}
	p.staged = err == nil
	return err
}

// unstageWrong removes what arrived behind the staging tag instead of the planned image.
func (p *placing) unstageWrong(ctx context.Context, cause error) error {
	tag := reference.StagingTag(p.plan.Target.Tag)
	got, err := p.holding(ctx, p.plan.Target.Image, tag)
	if err == nil && got != "" && got != p.plan.Graph.Root {
		err = p.dropTag(ctx, tag, got)
		cause = errors.Join(p.sourceUnchanged(ctx), cause)
	}
	if err != nil {
		return errors.Join(cause, explain(failure.Target, err, "removing "+p.plan.Target.Tagged(tag), "Delete on "+p.plan.Target.Folder(tag)))
	}
	return cause
}

// subjectFirst is the way for a registry that refuses attachments whose subject it does not have, or does not list them: the image
// comes under its staging tag, then what hangs on it, then the target tag.
func (p *placing) subjectFirst(ctx context.Context) error {
	p.result.replan()
	p.result.Warnings = append(p.result.Warnings, "the registry takes attachments only for an image that it has: the image is put under the tag "+
		reference.StagingTag(p.plan.Target.Tag)+" first, and gets its own tag once everything is attached")
	if err := p.stage(ctx); err != nil {
		return err
	}
	if err := p.attach(ctx, p.result); err != nil {
		return p.abandon(ctx, err)
	}
	return nil
}

// unstage removes the staging tag, unless attachments turn out to live in its folder or it belongs to somebody else by now.
func (p *placing) unstage(ctx context.Context) error {
	for _, step := range p.plan.Of(plan.RemoveStaging) {
		outcome, err := p.removeStaging(ctx, step)
		p.result.record(step, outcome)
		return explain(failure.Target, err, "removing the staging tag "+step.Path+" (the image itself is where it shall be)", "Delete on "+step.Path)
	}
	return nil
}

func (p *placing) removeStaging(ctx context.Context, step plan.Step) (StepOutcome, error) {
	inside, err := p.Catalog.Folders(ctx, step.Path)
	switch {
	case errors.Is(err, failure.ErrNotFound):
		return StepDone, nil
	case err != nil:
		return StepFailed, err
	case len(inside) > 0:
		p.result.Warnings = append(p.result.Warnings, fmt.Sprintf("%s stays: the registry keeps attachments in its folder", step.Path))
		return StepKept, nil
	}
	if err := p.dropTag(ctx, reference.StagingTag(p.plan.Target.Tag), step.Digest); err != nil {
		return StepFailed, err
	}
	return StepDone, nil
}
