package promotion

import (
	"context"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// unproven is what a step has written and is still to be read back: settle reads it, and brings what does not show.
type unproven struct {
	step plan.Step
	// tag names the folder of a record that was copied as it is; empty for all else.
	tag    string
	settle func(context.Context) error
	// record is that of a suffix tag; left gives what the target was left with, where that may be another manifest.
	// Both may be nil.
	record *settling
	left   func() manifest.Manifest
	// outcome is what became of it.
	outcome attached
}

// readBack makes sure that what was written shows, and brings what does not.
func (e *Promoter) readBack(ctx context.Context, run *plan.Execution, written []*unproven) error {
	isListed := func(u *unproven) bool { return u.tag != "" && u.step.Target == run.Plan.Target.Image }
	var listed, others []*unproven
	for _, u := range written {
		if isListed(u) {
			listed = append(listed, u)
		} else {
			others = append(others, u)
		}
	}
	err := parallel.All(
		func() error { return e.proveByList(ctx, run, listed) },
		func() error { return e.proveEach(ctx, others) },
	)
	for _, u := range written {
		take(run, u.step, u.outcome)
	}
	return err
}

// proveByList takes a file list for the proof of those that it shows as they should be.
func (e *Promoter) proveByList(ctx context.Context, run *plan.Execution, written []*unproven) error {
	shown := e.shown(ctx, run, run.Plan.Target.Image, len(written))
	for _, u := range written {
		held, _ := shown.Shown(u.tag)
		if held == u.step.Digest && len(shown.Lacks(u.tag, u.step.Manifest.BlobDescriptors())) == 0 {
			u.settle = func(context.Context) error { return nil }
		} else if held == u.step.Digest && u.record != nil {
			u.record.doubt = true
		}
	}
	return e.proveEach(ctx, written)
}

func (e *Promoter) proveEach(ctx context.Context, written []*unproven) error {
	calls := make([]func() error, len(written))
	for i, u := range written {
		calls[i] = func() (err error) {
			u.outcome.outcome = plan.StepFailed
			if err = u.settle(ctx); err != nil {
				return err
			}
			if u.left != nil {
				u.outcome.left = u.left()
			}
			if err = e.conclude(ctx, u, &u.outcome); err == nil {
				u.outcome.outcome = plan.StepDone
			}
			return err
		}
	}
	return parallel.All(calls...)
}

// conclude corrects the properties of what was read back, and takes over what is to be told of it.
func (e *Promoter) conclude(ctx context.Context, u *unproven, outcome *attached) error {
	if u.record != nil {
		outcome.warn(u.record.warning)
	}
	warning, err := e.rename(ctx, u.step)
	outcome.warn(warning)
	return err
}

// shown gives, by one file list, what the folders of the target image hold, for those who look for so many of them.
// What it does not show is to be read one by one, and so are all where that is the smaller matter or where the server
// gives no list.
func (e *Promoter) shown(ctx context.Context, run *plan.Execution, image reference.Image, wanted int) manifest.Contents {
	if wanted < 2 || run.TargetState.Folders+wanted > remote.FewFolders {
		return nil
	}
	// Its error is not lost: whatever is not shown is read.
	contents, _ := e.Catalog.FileList(context.WithoutCancel(ctx), image.String())
	return contents
}

// arrived reads the image back behind a tag: every child by digest, and the tag; behind its own tag all that is
// attached, too. It is not cut short: what is written is known then.
func (p *placing) arrived(ctx context.Context, tag string, before digest.Digest) error {
	ctx = context.WithoutCancel(ctx)
	if tag == p.plan.Target.Tag {
		return p.shownWhole(ctx, before)
	}
	return parallel.All(
		func() error { return p.Await(ctx, p.plan.Target.Image, tag, p.plan.Graph.Root, before) },
		func() error { return p.childrenArrived(ctx) },
	)
}

func (p *placing) childrenArrived(ctx context.Context) error {
	image := p.plan.Target.Image
	children := slices.DeleteFunc(p.plan.Graph.ImageDigests()[1:], func(d digest.Digest) bool {
		_, there := p.plan.Graph.Nodes[d]
		return !there
	})
	shown := p.shown(ctx, p.run, image, len(children))
	var calls []func() error
	for _, d := range children {
		name := reference.DigestFolder(d)
		if held, _ := shown.Shown(name); held != d {
			calls = append(calls, func() error { return p.Await(ctx, image, name, d, "") })
		}
	}
	return parallel.All(calls...)
}
