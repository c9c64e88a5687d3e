package promotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// rollback looks at what a promotion that went wrong has left behind the target tag. If the source tag was pushed again
// in the one request between the last look and the promotion, the new image arrived unchecked: then the target tag gets
// back what it held, or goes if it held nothing. What somebody else wrote there is left alone: while the source tag is
// as it was, the promotion can have brought nothing else. cause is the error that led here, and is returned when there
// is nothing to take back.
func (p *placing) rollback(ctx context.Context, step plan.Step, former manifest.Manifest, cause error) error {
	target, source := p.plan.Target, p.plan.Source
	got, err := p.SureDigestOf(ctx, failure.Target, target.Image, target.Tag)
	if err != nil {
		return failure.Join(cause, remote.Explain(failure.Target, err, "looking at what arrived as "+target.Tagged(target.Tag),
			"Read on "+target.Image.String()))
	}
	if got == "" || got == step.Before || got == p.plan.Graph.Root {
		return cause
	}
	now, err := p.At(failure.Source).SurelyResolve(ctx, source.Image, source.Tag)
	if err != nil || now == p.plan.Graph.Root {
		return failure.Join(cause, err)
	}
	outcome, err := p.undo(ctx, former, got)
	if err != nil {
		return &failure.Failure{
			Side:    failure.Target,
			Message: fmt.Sprintf("%s shows %s, which arrived unchecked because %s was pushed in the moment of the promotion, and could not be taken back", target.Tagged(target.Tag), got, source.Tagged(source.Tag)),
			Hint:    "Take that tag away, or promote again what shall be there. Deleting needs Delete on " + step.Path + ".", Err: err,
		}
	}
	return &failure.Failure{
		Side:    failure.Source,
		Message: fmt.Sprintf("%s was pushed in the moment of its promotion, so that %s arrived unchecked and was taken back: %s", source.Tagged(source.Tag), got, outcome),
		Hint:    "Run the command again to promote the new image. With --pin this cannot happen.",
	}
}

// undo restores the former image, or deletes the tag. Its layers are linked by the server, never sent; where the server
// has given them up, the tag goes as well, since an unchecked image must not stay.
func (p *placing) undo(ctx context.Context, former manifest.Manifest, wrong digest.Digest) (outcome string, err error) {
	target := p.plan.Target
	if former.Digest == "" {
		return "the tag is gone again", p.dropTag(ctx, target.Tag, wrong)
	}
	err = p.linkHere(ctx, former, target.Tag)
	if err == nil {
		err = p.putTag(ctx, target.Tag, former, wrong)
	}
	if err == nil {
		return fmt.Sprintf("%s holds %s as before", target.Tagged(target.Tag), former.Digest), nil
	}
	if dropErr := p.dropTag(ctx, target.Tag, wrong); dropErr != nil {
		return "", failure.Join(err, dropErr)
	}
	return fmt.Sprintf("the tag is gone, since %s, which it held, could not be restored (%v)", former.Digest, err), nil
}

// dropTag deletes a tag of the target that holds d: its own files, not those of an image whose path leads through the
// tag. One that holds something else is somebody's, and an error.
func (p *placing) dropTag(ctx context.Context, tag string, d digest.Digest) error {
	inside, err := tagfolder.Look(ctx, p.Catalog, p.plan.Target.Folder(tag))
	if err != nil && !errors.Is(err, failure.ErrNotFound) {
		return err
	}
	return p.dropSeen(ctx, tag, d, inside)
}

// dropSeen is dropTag when the folder has been read directly before.
func (p *placing) dropSeen(ctx context.Context, tag string, d digest.Digest, inside tagfolder.Inside) error {
	image := p.plan.Target.Image
	now, err := p.DigestOf(ctx, image, tag)
	if err == nil && now == "" && inside.HasManifest() {
		// Gone since the folder was read, or denied.
		if now, err = p.ShownDigest(ctx, failure.Target, image, tag); errors.Is(err, failure.ErrNotFound) {
			return nil
		}
	}
	switch {
	case err != nil || now == "":
		return err
	case now != d:
		return p.moved(tag, d, now.String())
	}
	err = p.Deletion(image, tag).Delete(ctx, inside)
	if errors.Is(err, failure.ErrNotFound) {
		return nil
	}
	return err
}

// linkHere puts the blobs of a manifest back into the folder of a tag, as far as the registry does not see them in the
// image.
func (p *placing) linkHere(ctx context.Context, m manifest.Manifest, tag string) error {
	image := p.plan.Target.Image
	for _, d := range m.BlobDescriptors() {
		there, err := p.Blobs.HasBlob(ctx, image, d)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		if err := p.linkBlob(ctx, m.Digest, image.Folder(tag), d); err != nil {
			return err
		}
	}
	return nil
}
