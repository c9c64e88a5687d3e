package promotion

import (
	"context"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// fewFolders is up to how many folders of an image one file list of all of them is a smaller matter than a read of each: it names every
// layer, too.
const fewFolders = 50

// readBack makes sure that the records which were copied show, and brings those that do not.
func (e *Engine) readBack(ctx context.Context, result *Result, copied []*settling) error {
	names := make([]string, len(copied))
	for i, s := range copied {
		names[i] = s.tag
	}
	shown := e.shown(ctx, result, result.Plan.Target.Image, names)
	done := make([]attached, len(copied))
	var group errgroup.Group
	for i, s := range copied {
		group.Go(func() (err error) {
			done[i].outcome = StepFailed
			if s.step.Target == result.Plan.Target.Image && shown[s.tag] == s.step.Digest {
				done[i].warning, err = s.rename(ctx, s.step)
			} else {
				err = s.settleAndRename(ctx, &done[i])
			}
			if err == nil {
				done[i].outcome = StepDone
			}
			return err
		})
	}
	err := group.Wait()
	for i, s := range copied {
		result.take(s.step, done[i])
	}
	return err
}

// shown gives, by one file list, what those folders of the target image hold that are named and there. Nothing is said of the others: they
// are to be read one by one, and so are all where that is the smaller matter or where the server gives no list.
func (e *Engine) shown(ctx context.Context, result *Result, image reference.Image, names []string) map[string]digest.Digest {
	if len(names) < 2 || result.Seen.Folders+len(names) > fewFolders {
		return nil
	}
	// Its error is not lost: whatever is not shown is read.
	state, _, _ := e.Catalog.Manifests(context.WithoutCancel(ctx), image.String())
	return state
}

// arrived reads the image back behind a tag: every child by digest, and the tag. It is not cut short: what is written is known then.
func (p *placing) arrived(ctx context.Context, tag string, before digest.Digest) error {
	ctx = context.WithoutCancel(ctx)
	return inOrder(
		func() error { return p.await(ctx, p.plan.Target.Image, tag, p.plan.Graph.Root, before) },
		func() error { return p.childrenArrived(ctx) },
	)
}

func (p *placing) childrenArrived(ctx context.Context) error {
	image := p.plan.Target.Image
	var names []string
	for _, d := range p.plan.Graph.ImageDigests()[1:] {
		if _, there := p.plan.Graph.Nodes[d]; there {
			names = append(names, reference.DigestFolder(d))
		}
	}
	shown := p.shown(ctx, p.result, image, names)
	var calls []func() error
	for _, name := range names {
		if d, _ := reference.ParseDigestFolder(name); shown[name] != d {
			calls = append(calls, func() error { return p.await(ctx, image, name, d, "") })
		}
	}
	return inOrder(calls...)
}
