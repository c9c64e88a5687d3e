package inspect

import (
	"context"
	"errors"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// Tags names every tag of an image that is an image, in the server's order.
func (r Reader) Tags(ctx context.Context, side failure.Side, image reference.Image) ([]string, error) {
	listing, err := r.inspected(ctx, side, image)
	if err != nil {
		return nil, err
	}
	return r.ImageTags(ctx, side, image, listing)
}

// ImageTags returns the tags of a listing that are images, in the server's order. The folders of nested images, which
// hold no manifest, are not among them. Tags that look like attachments are read, see attachment.IsImage, unless they
// are those that every signed image has.
func (r Reader) ImageTags(ctx context.Context, side failure.Side, image reference.Image,
	listing attachment.Listing,
) ([]string, error) {
	digests, err := r.resolveTags(ctx, side, image, listing.ImageTags())
	if err != nil {
		return nil, err
	}
	tagged := map[digest.Digest]bool{}
	for _, d := range digests {
		tagged[d] = true
	}
	has := func(d digest.Digest) bool { return tagged[d] || listing.Has(reference.DigestFolder(d)) }
	var named, derived []string
	for _, tag := range listing.LookAlikes() {
		if attachment.Derived(tag) {
			derived = append(derived, tag)
		} else {
			named = append(named, tag)
		}
	}
	// What is named after a digest can be an image that others are derived from.
	images, err := r.lookAlikes(ctx, side, image, named, tagged)
	if err != nil {
		return nil, err
	}
	open := slices.DeleteFunc(derived, func(tag string) bool { return attachment.Expected(tag, has) })
	more, err := r.lookAlikes(ctx, side, image, open, tagged)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(listing.Names), func(name string) bool {
		return digests[name] == "" && !slices.Contains(images, name) && !slices.Contains(more, name)
	}), nil
}

// resolveTags returns the digests of those tags that show a manifest.
func (r Reader) resolveTags(ctx context.Context, side failure.Side, image reference.Image,
	names []string,
) (map[string]digest.Digest, error) {
	found := make([]digest.Digest, len(names))
	calls := make([]func() error, len(names))
	for i, name := range names {
		calls[i] = func() (err error) {
			found[i], err = r.ShownDigest(ctx, side, image, name)
			if errors.Is(err, failure.ErrNotFound) {
				found[i], err = "", nil
			}
			return remote.Explain(side, err, image.Tagged(name), "Read on "+image.String())
		}
	}
	if err := parallel.All(calls...); err != nil {
		return nil, err
	}
	digests := make(map[string]digest.Digest, len(names))
	for i, name := range names {
		if found[i] != "" {
			digests[name] = found[i]
		}
	}
	return digests, nil
}

// lookAlikes returns those of some tags that hold images, and adds their digests to those that are tagged.
func (r Reader) lookAlikes(ctx context.Context, side failure.Side, image reference.Image, tags []string,
	tagged map[digest.Digest]bool,
) ([]string, error) {
	found := make([]digest.Digest, len(tags))
	calls := make([]func() error, len(tags))
	for i, tag := range tags {
		calls[i] = func() (err error) {
			found[i], err = r.image(ctx, side, reference.Reference{Image: image, Tag: tag})
			return err
		}
	}
	err := parallel.All(calls...)
	var images []string
	for i, tag := range tags {
		if found[i] != "" {
			images = append(images, tag)
			tagged[found[i]] = true
		}
	}
	return images, err
}

// IsImage reads what is behind a tag and tells whether it is an image. A tag that is not there is none.
func (r Reader) IsImage(ctx context.Context, side failure.Side, ref reference.Reference) (bool, error) {
	d, err := r.image(ctx, side, ref)
	return d != "", err
}

// image returns the digest of the image behind a tag, or nothing.
func (r Reader) image(ctx context.Context, side failure.Side, ref reference.Reference) (digest.Digest, error) {
	m, err := r.ShownManifest(ctx, side, ref.Image, ref.Tag)
	switch {
	case errors.Is(err, failure.ErrNotFound):
		return "", nil
	case err != nil:
		return "", remote.Explain(side, err, ref.String(), "Read on "+ref.Image.String())
	}
	isImage, err := r.CountsAsImage(ctx, side, ref, m)
	if !isImage {
		return "", err
	}
	return m.Digest, err
}

// CountsAsImage reports whether a manifest is an image under its tag. What is attached by its tag alone is one where
// nothing is that it could be attached to.
func (r Reader) CountsAsImage(ctx context.Context, side failure.Side, ref reference.Reference,
	m manifest.Manifest,
) (bool, error) {
	if attachment.IsImage(ref.Tag, m) {
		return true, nil
	}
	subject, onlyNamed := attachment.OnlyNamed(ref.Tag, m)
	if !onlyNamed {
		return false, nil
	}
	_, err := r.ShownDigest(ctx, side, ref.Image, subject.String())
	if errors.Is(err, failure.ErrNotFound) {
		return true, nil
	}
	return false, remote.Explain(side, err, ref.Folder(subject.String()), "Read on "+ref.Image.String())
}
