package promotion

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
func (e *Engine) readShown(ctx context.Context, side failure.Side, image reference.Image, ref string,
	read func() error,
) error {
	absent := read()
	if !errors.Is(absent, failure.ErrNotFound) {
		return absent
	}
	path := image.Folder(ref)
	inside, err := tagfolder.Look(ctx, e.Mover, path)
	switch {
	case errors.Is(err, failure.ErrNotFound), err == nil && !inside.HasManifest():
		return absent
	case err != nil:
		return explain(side, err, "looking into "+path, "Read on "+path)
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

// insideServed looks into a folder, and does not take "not there" for an answer as long as the registry serves what is
// in it.
func (e *Engine) insideServed(ctx context.Context, side failure.Side, image reference.Image,
	name string,
) (tagfolder.Inside, error) {
	path := image.Folder(name)
	inside, err := tagfolder.Look(ctx, e.Mover, path)
	if !errors.Is(err, failure.ErrNotFound) {
		return inside, err
	}
	if d, heldErr := e.holding(ctx, image, name); heldErr != nil || d == "" {
		return inside, cmp.Or(heldErr, err)
	}
	if inside, err = tagfolder.Look(ctx, e.Mover, path); !errors.Is(err, failure.ErrNotFound) {
		return inside, err
	}
	return inside, &failure.Failure{
		Side: side, Message: "the registry serves " + image.Tagged(name) + ", and the folder " + path + " does not show",
		Hint: "You need Read on " + path + ". Run the same command again; if that does not help, let the administrator of the server look at it.",
	}
}

// shownManifest reads a manifest that is shown, by a listing or by a read before, as readShown does.
func (e *Engine) shownManifest(ctx context.Context, side failure.Side, image reference.Image,
	ref string,
) (m manifest.Manifest, err error) {
	err = e.readShown(ctx, side, image, ref, func() (err error) {
		m, err = e.Registry.Manifest(ctx, image, ref)
		return err
	})
	return m, err
}

// shownDigest resolves a tag that is shown, as readShown does.
func (e *Engine) shownDigest(ctx context.Context, side failure.Side, image reference.Image,
	tag string,
) (d digest.Digest, err error) {
	err = e.readShown(ctx, side, image, tag, func() (err error) {
		d, err = e.Registry.Resolve(ctx, image, tag)
		return err
	})
	return d, err
}

// surelyHolding is holding for what may well be there: "nothing" is believed only if the folder shows no manifest
// either.
func (e *Engine) surelyHolding(ctx context.Context, side failure.Side, image reference.Image,
	ref string,
) (digest.Digest, error) {
	d, err := e.shownDigest(ctx, side, image, ref)
	if errors.Is(err, failure.ErrNotFound) {
		return "", nil
	}
	return d, err
}

// named reads manifests for those who ask for what a listing or another manifest names, and who lose something if it
// counts as absent.
func (e *Engine) named(side failure.Side) attachment.Reader { return namedReader{e.Registry, e, side} }

type namedReader struct {
	attachment.Reader
	engine *Engine
	side   failure.Side
}

// Manifest reads a tag or a digest as readShown does.
func (r namedReader) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	return r.engine.shownManifest(ctx, r.side, image, ref)
}

// insistent reads manifests as readShown does, where the listing of their image shows them.
type insistent struct {
	attachment.Reader
	engine   *Engine
	side     failure.Side
	listings map[reference.Image]attachment.Listing
}

// insist makes such a reader of the listings of an image and of further places.
func (e *Engine) insist(side failure.Side, image reference.Image, listing attachment.Listing,
	others ...attachment.Place,
) insistent {
	s := insistent{
		Reader: e.Registry, engine: e, side: side,
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
		return s.engine.shownManifest(ctx, s.side, image, ref)
	}
	return s.Reader.Manifest(ctx, image, ref)
}
