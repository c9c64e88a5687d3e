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
	step, ok := p.plan.The(plan.StageImage)
	if !ok || p.staged {
		return nil
	}
	return p.record(step, p.stageImage(ctx, step))
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
	if err := p.attach(ctx, p.result, nil); err != nil {
		return p.abandon(ctx, err)
	}
	return nil
}

// unstage carries over to the target tag what users set on the manifest, also for a run that was interrupted before it could, and
// removes the staging tag.
func (p *placing) unstage(ctx context.Context) error {
	step, ok := p.plan.The(plan.RemoveStaging)
	if !ok {
		return nil
	}
	if step.Digest == p.plan.Graph.Root {
		if err := p.carryProperties(ctx, step.Path, p.plan.Target.Tag); err != nil {
			return err
		}
	}
	return p.removeStaging(ctx, step)
}

// abandon removes the staging tag of a promotion that failed. It is left to the rerun if this run is to end at once, or if the target
// tag may be set already: then the properties are still to be carried over.
func (p *placing) abandon(ctx context.Context, cause error) error {
	if !p.staged || ctx.Err() != nil {
		return cause
	}
	if now, err := p.holding(ctx, p.plan.Target.Image, p.plan.Target.Tag); err != nil || now == p.plan.Graph.Root {
		return errors.Join(cause, err)
	}
	step, ok := p.plan.The(plan.RemoveStaging)
	if !ok {
		return cause
	}
	return errors.Join(cause, p.removeStaging(ctx, step))
}

// removeStaging deletes the staging tag, unless attachments turn out to live in its folder.
func (p *placing) removeStaging(ctx context.Context, step plan.Step) error {
	inside, err := p.Catalog.Folders(ctx, step.Path)
	if len(inside) > 0 {
		p.result.Warnings = append(p.result.Warnings, fmt.Sprintf("%s stays: the registry keeps attachments in its folder", step.Path))
		p.result.record(step, StepKept)
		return nil
	}
	if err == nil {
		err = p.dropTag(ctx, reference.StagingTag(p.plan.Target.Tag), step.Digest)
	}
	if errors.Is(err, failure.ErrNotFound) {
		err = nil
	}
	return p.record(step, explain(failure.Target, err, "removing the staging tag "+step.Path, "Delete on "+step.Path))
}
