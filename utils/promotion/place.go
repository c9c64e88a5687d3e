package promotion

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// placing makes the target tag show the image, once everything that is attached to it is there.
type placing struct {
	*Promoter
	plan *plan.Plan
	run  *plan.Execution
	// staged reports that the image is behind the staging tag, checked.
	staged bool
	// doubt reports that an answer left open what the promotion has written.
	doubt bool
	// looked reports that the target was seen to have everything since the image came.
	looked bool
	// replaced is the image that the target tag showed before, if known; without a digest it showed nothing.
	replaced former
	// glance is a last look that was taken already.
	glance *recheck
}

// promote lets the server promote to the target tag, and proves that it shows exactly what was planned. What arrived
// instead, because the source tag was pushed in the very moment, is taken back.
func (p *placing) promote(ctx context.Context, step plan.Step) error {
	replaced, err := p.former(ctx, step)
	if err != nil {
		return err
	}
	p.replaced = former{replaced, true}
	sent, err := p.promoteTo(ctx, p.plan.Target.Tag, step.Before)
	if p.mayAssemble(err) {
		return p.assemble(ctx, p.plan.Target.Tag, step.Before, err)
	}
	if err == nil {
		err = p.arrived(ctx, p.plan.Target.Tag, step.Before)
	}
	if err != nil && sent {
		return p.rollback(context.WithoutCancel(ctx), step, replaced, err)
	}
	return err
}

// former is the image that a tag showed before.
type former struct {
	manifest.Manifest
	known bool
}

// mayAssemble reports that the server does not promote single tags between these repositories, which it answers with
// 400. In docker repositories that is a refusal, by a policy for example, and stays one.
func (p *placing) mayAssemble(err error) bool {
	status, _ := failure.Status(err)
	return p.run.TargetState.Assembled && status == http.StatusBadRequest
}

// isPartial tells of an answer that is neither the 200 of a success nor an error.
func isPartial(err error) bool {
	status, answered := failure.Status(err)
	return answered && status > http.StatusOK && status < http.StatusMultipleChoices
}

// readFormer reads the image that is about to be replaced.
func (p *placing) readFormer(ctx context.Context, step plan.Step) (m manifest.Manifest, err error) {
	if step.Before == "" || step.Before == p.plan.Graph.Root {
		return m, nil
	}
	m, err = p.Registry.Manifest(ctx, p.plan.Target.Image, step.Before.String())
	if errors.Is(err, failure.ErrNotFound) {
		return m, p.moved(p.plan.Target.Tag, step.Before, "something else")
	}
	return m, remote.Explain(failure.Target, err, p.plan.Target.Tagged(p.plan.Target.Tag),
		"Read on "+p.plan.Target.Image.String())
}

// promoteTo lets the server promote to a tag, which held before. Directly before each request both tags are looked at:
// Artifactory promotes a tag, not a digest, and replaces whatever the target tag holds. sent tells that a request left
// which may have been carried out.
func (p *placing) promoteTo(ctx context.Context, tag string, before digest.Digest) (sent bool, err error) {
	source, target := p.plan.Source, p.plan.Target
	target.Tag = tag
	write := func(ctx context.Context) error {
		if err := p.lastLook(ctx, tag, before); err != nil {
			return remote.StopError{Reason: err}
		}
		err := p.Mover.Promote(ctx, source, target)
		// There was nothing to promote: what the target tag shows is not from here.
		sent = sent || !errors.Is(err, failure.ErrNotFound)
		p.doubt = p.doubt || err != nil
		if isPartial(err) {
			return nil
		}
		return err
	}
	err = p.Write(ctx, write, write, p.Holds(target.Image, tag, p.plan.Graph.Root))
	var stop remote.StopError
	if errors.As(err, &stop) {
		return sent, stop.Reason
	}
	return sent, remote.Explain(failure.Target, err, fmt.Sprintf("promoting %s to %s", source.Tagged(source.Tag),
		target.Tagged(tag)), remote.NeedsDeploy(target.Image.String(), before != ""))
}

// sourceUnchanged is the last look at the source tag.
func (p *placing) sourceUnchanged(ctx context.Context) error {
	source := p.plan.Source
	d, err := p.At(failure.Source).Resolve(ctx, source.Image, source.Tag)
	if err != nil || d == p.plan.Graph.Root {
		return err
	}
	return &failure.Failure{
		Side: failure.Source,
		Message: fmt.Sprintf("%s was pushed again while it was being promoted: it held %s and now holds %s",
			source.Tagged(source.Tag), p.plan.Graph.Root, plan.OrNothing(d)),
		Hint: "The target tag was not touched. Run the command again to promote what is there now.",
	}
}

// targetUnchanged is the last look at the tag that is written.
func (p *placing) targetUnchanged(ctx context.Context, tag string, before digest.Digest) error {
	target := p.plan.Target
	d, err := p.At(failure.Target).Resolve(ctx, target.Image, tag)
	if err != nil || d == before || d == p.plan.Graph.Root {
		return err
	}
	return p.moved(tag, before, plan.OrNothing(d))
}

// moved is the error for a target tag that somebody else wrote.
func (p *placing) moved(tag string, before digest.Digest, now string) error {
	return &failure.Failure{
		Side: failure.Target,
		Message: fmt.Sprintf("%s was changed by somebody else meanwhile: it held %s and now holds %s",
			p.plan.Target.Tagged(tag), plan.OrNothing(before), now),
		Hint: "It was left as it is. Look at it with 'jf signed-promote status', then run the command again to replace it.",
	}
}
