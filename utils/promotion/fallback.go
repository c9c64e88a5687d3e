package promotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// fallbackTag writes the index behind a fallback tag, whatever others write meanwhile: read, join, write directly after
// the read, and read again until nothing is missing.
type fallbackTag struct {
	*Promoter
	plan *plan.Plan
	step plan.Step
	// left is the index as it was last read.
	left manifest.Manifest
}

// bring writes the index once, unless nothing is missing.
func (f *fallbackTag) bring(ctx context.Context) error {
	if err := f.readable(ctx); err != nil {
		return err
	}
	theirs, err := f.read(ctx)
	if err == nil {
		_, err = f.join(ctx, theirs)
	}
	return err
}

// settle reads the index back, and writes it as long as something is missing.
func (f *fallbackTag) settle(ctx context.Context) error {
	for range settleTries {
		theirs, err := f.read(ctx)
		if err != nil {
			return err
		}
		f.left = theirs
		if complete, err := f.join(ctx, theirs); complete || err != nil {
			return err
		}
	}
	return &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("%s does not show what was written, or somebody else keeps writing it", f.step.Path),
		Hint:    "The image's tag was not touched. Run the same command again; what is done already is not done twice.",
	}
}

// join writes the union of what was read and what the source has. complete tells that there was nothing to write.
func (f *fallbackTag) join(ctx context.Context, theirs manifest.Manifest) (complete bool, err error) {
	if f.plan.Binding && f.step.Digest != "" && !f.step.Expects(theirs.Digest) {
		return false, plan.NotAgreed(f.step, theirs.Digest)
	}
	union, _, err := plan.Fallback(f.plan.Graph, f.step.Home, f.step.Subject, theirs)
	if err != nil || union.Digest == theirs.Digest {
		return true, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	_, err = f.Pusher.PutManifest(context.WithoutCancel(ctx), f.step.Target, reference.FallbackTag(f.step.Subject), union)
	if err != nil && remote.Refused(err) {
		return false, remote.Explain(failure.Target, err, "writing "+f.step.Path, remote.NeedsDeploy(f.step.Path, theirs.Digest != ""))
	}
	return false, nil
}

// readable makes sure that the absence of a fallback tag means something. Its entries have just been written: if they
// do not show, the server hides them from one who may write there but not read, and with them what the tag holds, which
// must not be written over.
func (f *fallbackTag) readable(ctx context.Context) error {
	mine, _, err := plan.Fallback(f.plan.Graph, f.step.Home, f.step.Subject, manifest.Manifest{})
	entries := mine.Children()
	if err != nil || f.step.Before != "" || len(entries) == 0 {
		return err
	}
	return f.Await(ctx, f.step.Target, reference.DigestFolder(entries[0]), entries[0], "")
}

// read reads the target's fallback index; the zero manifest when there is none.
func (f *fallbackTag) read(ctx context.Context) (manifest.Manifest, error) {
	target, tag := f.step.Target, reference.FallbackTag(f.step.Subject)
	read := f.Registry.Manifest
	if f.step.Before != "" {
		read = func(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
			return f.ShownManifest(ctx, failure.Target, image, ref)
		}
	}
	m, err := read(ctx, target, tag)
	switch {
	case errors.Is(err, failure.ErrNotFound):
		return manifest.Manifest{}, nil
	case err != nil:
		return m, remote.Explain(failure.Target, err, target.Tagged(tag), "Read on "+target.String())
	case !plan.IsFallbackIndex(m, f.step.Subject):
		return m, plan.Leftover(target, f.step.Subject)
	}
	return m, nil
}
