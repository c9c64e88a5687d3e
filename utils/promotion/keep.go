package promotion

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// keepAll writes what tags of the target are about to lose, and others there need, under its digest.
func (p *placing) keepAll(ctx context.Context) error {
	for _, step := range p.plan.Of(plan.KeepManifest) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.run.Ended(step, p.keep(context.WithoutCancel(ctx), step)); err != nil {
			return err
		}
	}
	return nil
}

// keep links the blobs into the folder of the digest, and writes the manifest by its digest, which makes that folder
// (contract layout-index). The folder counts, not what the registry resolves: the tag that is about to go answers for
// its digest, too.
func (p *placing) keep(ctx context.Context, step plan.Step) error {
	for _, d := range step.Manifest.BlobDescriptors() {
		if err := p.linkFrom(ctx, step.Path, d, step.From); err != nil {
			return notKept(step, err)
		}
	}
	put := func(ctx context.Context) error {
		_, err := p.Pusher.PutManifest(ctx, step.Target, step.Digest.String(), step.Manifest)
		return err
	}
	there := func(ctx context.Context) (bool, error) { return p.keeps(ctx, step) }
	if err := p.Write(ctx, put, put, there); err != nil {
		return remote.Explain(failure.Target, err, "writing "+step.Path, remote.NeedsDeploy(step.Path, false))
	}
	for attempt := range remote.Looks {
		if kept, err := there(ctx); kept || err != nil {
			return remote.Explain(failure.Target, err, step.Path, "Read on "+step.Path)
		}
		if err := p.Sleep(ctx, remote.FirstWait<<attempt); err != nil {
			return err
		}
	}
	return notKept(step, errors.New("the folder does not show all of it"))
}

// keeps reports whether the folder of the digest holds the manifest with its blobs.
func (p *placing) keeps(ctx context.Context, step plan.Step) (bool, error) {
	name := path.Base(step.Path)
	held, err := p.EachFolder(ctx, step.Target, []string{name})
	_, there := held.Shown(name)
	return there && len(held.Lacks(name, step.Manifest.BlobDescriptors())) == 0, err
}

func notKept(step plan.Step, err error) error {
	return &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("%s, which something at the target needs, could not be kept under its digest, so %s is not replaced", step.Digest, step.From),
		Hint:    "Push it by its digest there, or choose another --target-tag. Then run the same command again.",
		Err:     err,
	}
}
