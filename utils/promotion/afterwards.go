package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// shownWhole reads the image back behind its own tag, and looks in the same round trip at everything that is attached
// to it once more: a server that keeps so many tags of an image and no more (maxUniqueTags), or a clean-up, may just
// have taken a signature, which is a tag like any other.
func (p *placing) shownWhole(ctx context.Context, before digest.Digest) error {
	image, attached := p.image(), p.attachments()
	needs := slices.Concat(image, attached)
	var seen sight
	look := func() (err error) { seen, err = p.lookAround(ctx, needs); return err }
	calls := []func() error{func() error {
		return p.Await(ctx, p.plan.Target.Image, p.plan.Target.Tag, p.plan.Graph.Root,
			before)
	}}
	if p.few(needs) {
		calls = append(calls, func() error {
			if err := look(); err != nil {
				return err
			}
			return p.awaitChildren(ctx, image[1:], seen.contents)
		})
	} else {
		calls = append(calls, look, func() error { return p.awaitChildren(ctx, image[1:], nil) })
	}
	if err := parallel.All(calls...); err != nil {
		return err
	}
	if err := p.whole(ctx, image, seen); err != nil {
		return err
	}
	if err := p.stillAttached(ctx, attached, seen); err != nil {
		return err
	}
	p.looked = seen.contents != nil
	return nil
}

// awaitChildren reads the children back that were not seen. What the server has left out in doubt is brought by whole.
func (p *placing) awaitChildren(ctx context.Context, children []need, seen manifest.Contents) error {
	var calls []func() error
	for _, n := range children {
		d, shown := seen.Shown(n.name)
		if shown && (d == n.manifest.Digest || d == "") || p.doubt && seen != nil {
			continue
		}
		calls = append(calls, func() error { return p.Await(ctx, p.plan.Target.Image, n.name, n.manifest.Digest, "") })
	}
	return parallel.All(calls...)
}

// stillAttached makes sure that everything that was attached before the tag was set is attached after it. What is gone
// is brought once more, by a PUT, so that it is the newest; if anything is missing after that, the tag is taken back.
func (p *placing) stillAttached(ctx context.Context, needs []need, seen sight) error {
	gone, err := seen.gone, error(nil)
	if seen.contents != nil {
		gone, err = p.gone(ctx, needs, seen.contents)
	}
	if err != nil || len(gone) == 0 {
		if err == nil {
			err = p.whole(ctx, needs, seen)
		}
		return err
	}
	var errs []error
	for _, n := range gone {
		errs = append(errs, p.bringAgain(ctx, n))
	}
	if err = failure.Join(errs...); err == nil {
		err = p.stayed(ctx, needs)
	}
	if err != nil {
		return p.takeTagBack(ctx, gone, err)
	}
	p.run.Warnings = append(p.run.Warnings,
		fmt.Sprintf("%s was gone from %s right after the tag was set, and was brought again: "+
			"see whether the repository keeps a number of tags only (maxUniqueTags), or whether something cleans up there", listNames(gone), p.plan.Target.Image))
	return nil
}

// gone returns what is not there any more. What the look did not show is asked for by itself.
func (p *placing) gone(ctx context.Context, needs []need, seen manifest.Contents) ([]need, error) {
	missing := make([]bool, len(needs))
	calls := make([]func() error, 0, len(needs))
	for i, n := range needs {
		if _, shown := seen.Shown(n.name); !shown {
			calls = append(calls, func() error {
				d, err := p.DigestOf(ctx, p.plan.Target.Image, n.name)
				missing[i] = err == nil && d == ""
				return remote.Explain(failure.Target, err, p.plan.Target.Folder(n.name), "Read on "+p.plan.Target.Image.String())
			})
		}
	}
	err := parallel.All(calls...)
	var gone []need
	for i, n := range needs {
		if missing[i] {
			gone = append(gone, n)
		}
	}
	return gone, err
}

// bringAgain writes what is gone with its blobs, byte by byte.
func (p *placing) bringAgain(ctx context.Context, n need) error {
	if n.fallback {
		_, err := p.Pusher.PutManifest(ctx, p.plan.Target.Image, n.name, n.manifest)
		return err
	}
	s := p.settling(p.plan, plan.Step{
		Path: p.plan.Target.Folder(n.name), Home: n.home, Target: p.plan.Target.Image,
		Manifest: n.manifest, Digest: n.manifest.Digest,
	})
	return s.overwrite(ctx, "")
}

// stayed reads everything once more, the image tag as well: a server that keeps few tags may have taken others for what
// was brought.
func (p *placing) stayed(ctx context.Context, needs []need) error {
	gone, err := p.gone(ctx, needs, nil)
	if err == nil && len(gone) > 0 {
		err = fmt.Errorf("%s does not stay there", listNames(gone))
	}
	if err != nil {
		return err
	}
	if there, err := p.Holds(p.plan.Target.Image, p.plan.Target.Tag, p.plan.Graph.Root)(ctx); err != nil || !there {
		return failure.Join(err, errors.New("the image's tag does not stay there"))
	}
	seen, err := p.EachFolder(ctx, p.plan.Target.Image, namesOf(needs))
	if err != nil {
		return err
	}
	return p.whole(ctx, needs, sight{contents: seen})
}

// takeTagBack restores what the target tag showed, or deletes it, since not everything stays attached to the image.
func (p *placing) takeTagBack(ctx context.Context, gone []need, cause error) error {
	target := p.plan.Target
	outcome := "the tag could not be taken back"
	now, err := p.SureDigestOf(ctx, failure.Target, target.Image, target.Tag)
	switch {
	case err == nil && now != p.plan.Graph.Root:
		outcome = "the tag does not show the image any more"
	case err == nil && p.replaced.known:
		outcome, err = p.undo(ctx, p.replaced.Manifest, p.plan.Graph.Root)
	}
	return &failure.Failure{
		Side: failure.Target,
		Message: fmt.Sprintf("%s was gone right after %s was set, and could not be brought back (%v): %s",
			listNames(gone), target.Tagged(target.Tag), cause, outcome),
		Hint: "The repository may keep a number of tags only (maxUniqueTags), those of signatures among them, or something may be cleaning up there. Raise the limit, then run the same command again.",
		Err:  err,
	}
}

func listNames(needs []need) string { return strings.Join(namesOf(needs), ", ") }
