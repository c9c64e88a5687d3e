package remote

import (
	"cmp"
	"context"
	"errors"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// readShown reads what a listing shows, a tag or a digest, and does not take the registry's "not there" for an answer
// as long as its folder shows a manifest. Only a folder without a manifest (a copy that was cut off, or images below
// the tag), or one that is gone since, is absence: then the error of the read is returned. In all other cases this asks
// for nothing more than the read does.
func (r Reader) readShown(ctx context.Context, side failure.Side, image reference.Image, ref string,
	read func() error,
) error {
	absent := read()
	if !errors.Is(absent, failure.ErrNotFound) {
		return absent
	}
	path := image.Folder(ref)
	inside, err := r.At(side).Look(ctx, path)
	switch {
	case errors.Is(err, failure.ErrNotFound), err == nil && !inside.HasManifest():
		return absent
	case err != nil:
		return err
	}
	// It may have come, or come back, in between.
	if err := read(); !errors.Is(err, failure.ErrNotFound) {
		return err
	}
	return &failure.Failure{
		Side: side, Message: "the folder " + path + " shows a manifest, and the registry does not serve it",
		Hint: "What it holds is not known, so it does not count as absent. Read the tag with another client; if that fails too, let the administrator of the " +
			"server look at it. Then run the same command again.",
	}
}

// InsideServed looks into a folder, and does not take "not there" for an answer as long as the registry serves what is
// in it.
func (r Reader) InsideServed(ctx context.Context, side failure.Side, image reference.Image,
	name string,
) (tagfolder.Inside, error) {
	path := image.Folder(name)
	inside, err := tagfolder.Look(ctx, r.Catalog, path)
	if !errors.Is(err, failure.ErrNotFound) {
		return inside, err
	}
	if d, heldErr := r.DigestOf(ctx, image, name); heldErr != nil || d == "" {
		return inside, cmp.Or(heldErr, err)
	}
	if inside, err = tagfolder.Look(ctx, r.Catalog, path); !errors.Is(err, failure.ErrNotFound) {
		return inside, err
	}
	return inside, &failure.Failure{
		Side: side, Message: "the registry serves " + image.Tagged(name) + ", and the folder " + path + " does not show",
		Hint: "You need Read on " + path + ". Run the same command again; if that does not help, let the administrator of the server look at it.",
	}
}

// ShownManifest reads a manifest that is shown, by a listing or by a read before, as readShown does.
func (r Reader) ShownManifest(ctx context.Context, side failure.Side, image reference.Image,
	ref string,
) (m manifest.Manifest, err error) {
	err = r.readShown(ctx, side, image, ref, func() (err error) {
		m, err = r.Registry.Manifest(ctx, image, ref)
		return err
	})
	return m, err
}

// ShownDigest resolves a tag that is shown, as readShown does.
func (r Reader) ShownDigest(ctx context.Context, side failure.Side, image reference.Image,
	tag string,
) (d digest.Digest, err error) {
	err = r.readShown(ctx, side, image, tag, func() (err error) {
		d, err = r.Registry.Resolve(ctx, image, tag)
		return err
	})
	return d, err
}

// SureDigestOf is holding for what may well be there: "nothing" is believed only if the folder shows no manifest
// either.
func (r Reader) SureDigestOf(ctx context.Context, side failure.Side, image reference.Image,
	ref string,
) (digest.Digest, error) {
	d, err := r.ShownDigest(ctx, side, image, ref)
	if errors.Is(err, failure.ErrNotFound) {
		return "", nil
	}
	return d, err
}

// Named reads manifests for those who ask for what a listing or another manifest names, and who lose something if it
// counts as absent.
func (r Reader) Named(side failure.Side) attachment.Reader { return namedReader{r.Registry, r, side} }

type namedReader struct {
	attachment.Reader
	reader Reader
	side   failure.Side
}

// Manifest reads a tag or a digest as readShown does.
func (n namedReader) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	return n.reader.ShownManifest(ctx, n.side, image, ref)
}

// insistent reads manifests as readShown does, where the listing of their image shows them.
type insistent struct {
	attachment.Reader
	reader   Reader
	side     failure.Side
	listings map[reference.Image]attachment.Listing
}

// Insist makes such a reader of the listings of an image and of further places.
func (r Reader) Insist(side failure.Side, image reference.Image, listing attachment.Listing,
	others ...attachment.Place,
) attachment.Reader {
	s := insistent{
		Reader: r.Registry, reader: r, side: side,
		listings: map[reference.Image]attachment.Listing{image: listing},
	}
	for _, o := range others {
		s.listings[o.Image] = o.Listing
	}
	return s
}

// Manifest reads a tag or a digest.
func (s insistent) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	if s.listings[image].Has(ref) {
		return s.reader.ShownManifest(ctx, s.side, image, ref)
	}
	return s.Reader.Manifest(ctx, image, ref)
}

// Holds returns a look at the state: whether a tag or digest of an image resolves to d.
func (r Reader) Holds(image reference.Image, ref string, d digest.Digest) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		got, err := r.DigestOf(ctx, image, ref)
		return err == nil && got == d, err
	}
}

// DigestOf reports what a tag or digest of an image resolves to at this moment; "" is nothing.
func (r Reader) DigestOf(ctx context.Context, image reference.Image, ref string) (digest.Digest, error) {
	d, err := r.Registry.Resolve(ctx, image, ref)
	if errors.Is(err, failure.ErrNotFound) {
		return "", nil
	}
	return d, err
}
