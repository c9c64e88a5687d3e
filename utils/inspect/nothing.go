package inspect

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// maxBelow bounds how many folders a hint names.
const maxBelow = 3

// Nothing reports why no tag of an image was found: nil where there is something of an image without a tag, else an
// error that says so and what may be meant. target, unless nil, is where a move takes the tags: one that was carried
// out before has nothing left to do.
func (r Reader) Nothing(ctx context.Context, image reference.Image, target *reference.Image) error {
	listing, err := r.inspected(ctx, failure.Source, image)
	if err == nil && (listing.ShowsAttachments() || listing.ShowsDigests()) {
		return nil
	}
	if err != nil && !errors.Is(err, failure.ErrNotFound) {
		return err
	}
	if target != nil && *target != image {
		if moved, movedErr := r.hasTags(ctx, *target); moved || movedErr != nil {
			return movedErr
		}
	}
	return r.noImage(ctx, image, listing.ImageTags())
}

// hasTags reports whether the target has any tag of an image.
func (r Reader) hasTags(ctx context.Context, target reference.Image) (bool, error) {
	listing, err := r.Folder(ctx, failure.Target, target)
	if err != nil {
		return false, err
	}
	tags, err := r.ImageTags(ctx, failure.Target, target, listing)
	return len(tags) > 0, err
}

// noImage is the error for a name that is no image. In Artifactory's paths a tag stands behind a slash, and below an
// image there may be others.
func (r Reader) noImage(ctx context.Context, image reference.Image, below []string) error {
	f := &failure.Failure{
		Side: failure.Source, Message: "there is no image " + image.String(), Absent: true,
		Hint: "Check the name, and that you may read it: a server can hide what you may not.",
	}
	meant, err := r.taggedBySlash(ctx, image)
	switch {
	case err != nil:
		return err
	case meant != "":
		f.Message += fmt.Sprintf("; did you mean %s?", meant)
	case len(below) > 0:
		names := below[:min(len(below), maxBelow)]
		f.Hint = fmt.Sprintf("Below it there is %s/%s: name the image in full. 'copy' and 'move' take a pattern, too, such as \"%s/*\".",
			image.Path, strings.Join(names, ", "+image.Path+"/"), image)
	}
	return f
}

// taggedBySlash returns the image and tag that a path is if its last slash stands for a colon; "" if there is no such
// tag.
func (r Reader) taggedBySlash(ctx context.Context, image reference.Image) (string, error) {
	parent, tag := path.Split(image.Path)
	parent = strings.TrimSuffix(parent, "/")
	if isTag := reference.CheckTag(tag) == nil; parent == "" || !isTag {
		return "", nil
	}
	d, err := r.DigestOf(ctx, reference.Image{Repo: image.Repo, Path: parent}, tag)
	if err != nil {
		return "", remote.Explain(failure.Source, err, parent+":"+tag, "Read on "+image.Repo+"/"+parent)
	}
	if d == "" {
		return "", nil
	}
	return parent + ":" + tag, nil
}
