package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// stage promotes to the staging tag and checks that exactly the planned image arrived there. What else an earlier run
// has left behind that tag goes first.
func (p *placing) stage(ctx context.Context) error {
	step, ok := p.plan.The(plan.StageImage)
	if !ok || p.staged {
		return nil
	}
	return p.run.Ended(step, p.stageImage(ctx, step))
}

func (p *placing) stageImage(ctx context.Context, step plan.Step) error {
	tag, before := reference.StagingTag(p.plan.Target.Tag), step.Before
	if before != "" && before != p.plan.Graph.Root {
		if err := p.dropTag(ctx, tag, before); err != nil {
			return remote.Explain(failure.Target, err, "deleting "+step.Path+", which an earlier run has left", "Delete on "+step.Path)
		}
		before = ""
	}
	sent, err := p.promoteTo(ctx, tag, before)
	switch {
	case p.mayAssemble(err):
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
	got, err := p.SureDigestOf(ctx, failure.Target, p.plan.Target.Image, tag)
	if err == nil && got != "" && got != p.plan.Graph.Root {
		err = p.dropTag(ctx, tag, got)
		cause = failure.Join(p.sourceUnchanged(ctx), cause)
	}
	if err != nil {
		return failure.Join(cause, remote.Explain(failure.Target, err, "removing "+p.plan.Target.Tagged(tag),
			"Delete on "+p.plan.Target.Folder(tag)))
	}
	return cause
}

// unstage carries over to the target tag what users set on the manifest, also for a run that was interrupted before it
// could, and removes the staging tag.
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

// abandon removes the staging tag of a promotion that failed. It is left to the rerun if this run is to end at once, or
// if the target tag may be set already: then the properties are still to be carried over.
func (p *placing) abandon(ctx context.Context, cause error) error {
	if !p.staged || ctx.Err() != nil {
		return cause
	}
	if now, err := p.SureDigestOf(ctx, failure.Target, p.plan.Target.Image,
		p.plan.Target.Tag); err != nil || now == p.plan.Graph.Root {
		return failure.Join(cause, err)
	}
	step, ok := p.plan.The(plan.RemoveStaging)
	if !ok {
		return cause
	}
	return failure.Join(cause, p.removeStaging(ctx, step))
}

// removeStaging deletes the staging tag, unless attachments of the image turn out to live in its folder. Images below
// it, which a promotion may have brought along, stay.
func (p *placing) removeStaging(ctx context.Context, step plan.Step) error {
	inside, err := p.InsideServed(ctx, failure.Target, p.plan.Target.Image, reference.StagingTag(p.plan.Target.Tag))
	switch {
	case errors.Is(err, failure.ErrNotFound):
		err = nil
	case err != nil:
	case keepsAttachments(inside.Folders, p.plan.Graph):
		p.run.Warnings = append(p.run.Warnings, fmt.Sprintf("%s stays: the registry keeps attachments in its folder",
			step.Path))
		p.run.Record(step, plan.StepKept)
		return nil
	default:
		err = p.dropSeen(ctx, reference.StagingTag(p.plan.Target.Tag), step.Digest, inside)
	}
	if err == nil && len(inside.Folders) > 0 {
		p.run.Warnings = append(p.run.Warnings,
			fmt.Sprintf("below %s is what the server brought along from below %s, an image of its own (%s); it stays",
				step.Path, p.plan.Source.Folder(p.plan.Source.Tag), strings.Join(inside.Folders, ", ")))
	}
	return p.run.Ended(step, remote.Explain(failure.Target, err, "removing the staging tag "+step.Path, "Delete on "+step.Path))
}

// keepsAttachments reports whether folders inside that of a tag can be the attachments of its image: by their names,
// which carry a digest. Without a graph, any digest is taken for one of the image.
func keepsAttachments(folders []string, g *attachment.Graph) bool {
	return slices.ContainsFunc(folders, func(name string) bool {
		var d digest.Digest
		if suffixed, ok := reference.ParseSuffixTag(name); ok {
			d = suffixed.Subject
		} else if byDigest, ok := reference.ParseDigestFolder(name); ok {
			d = byDigest
		} else if reference.IsFallbackTag(name) {
			d = digest.Digest(strings.Replace(name, "-", ":", 1))
		}
		if d == "" || g == nil {
			return d != ""
		}
		_, ours := g.Nodes[d]
		return ours
	})
}
