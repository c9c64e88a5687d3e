// Package inspect tells what an image is and what is attached to it. It has no way to write.
package inspect

import (
	"context"
	"errors"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// Reader looks at images on one server.
type Reader struct{ remote.Reader }

// Inspect reads the graph of one image, by tag or digest, on one side, and what is kept of it in other places. It
// changes nothing, and notes in the graph what cannot be read. A missing image is an error that wraps
// failure.ErrNotFound.
func (r Reader) Inspect(ctx context.Context, side failure.Side, ref reference.Reference,
	places ...reference.Image,
) (*attachment.Graph, error) {
	return r.readGraph(ctx, side, ref, places, r.Stray, attachment.Survey)
}

// Read is Inspect for those who judge by what they read: what cannot be read is an error, and what no list leads to is
// not there for a verifier.
func (r Reader) Read(ctx context.Context, side failure.Side, ref reference.Reference,
	places ...reference.Image,
) (*attachment.Graph, error) {
	return r.readGraph(ctx, side, ref, places, nil, attachment.Discover)
}

// walker is one of the ways to read a graph.
type walker func(ctx context.Context, reader attachment.Reader, image reference.Image, root manifest.Manifest,
	listing attachment.Listing, others ...attachment.Place) (*attachment.Graph, error)

func (r Reader) readGraph(ctx context.Context, side failure.Side, ref reference.Reference, places []reference.Image,
	strays attachment.Strays, walk walker,
) (*attachment.Graph, error) {
	listing, err := r.inspected(ctx, side, ref.Image)
	if err != nil {
		return nil, err
	}
	root, err := r.Insist(side, ref.Image, listing).Manifest(ctx, ref.Image, ref.Name())
	if errors.Is(err, failure.ErrNotFound) {
		return nil, missing(side, ref.String())
	}
	if err != nil {
		return nil, remote.Explain(side, err, ref.String(), "Read on "+ref.Image.String())
	}
	others, err := r.Places(ctx, side, places)
	if err != nil {
		return nil, err
	}
	for i := range others {
		others[i].Listing = others[i].Listing.AskByName().LookForUnlisted(strays)
	}
	listing = listing.AskByName().LookForUnlisted(strays)
	graph, err := walk(ctx, r.Insist(side, ref.Image, listing, others...), ref.Image, root, listing, others...)
	return graph, remote.Explain(side, err, "looking for what is attached to "+ref.String(), "Read on "+ref.Image.String())
}

// Stray reads what a digest folder holds, and forgets what is attached to nothing.
func (r Reader) Stray(ctx context.Context, image reference.Image, d digest.Digest) (manifest.Manifest, error) {
	m, err := r.ShownManifest(ctx, failure.Source, image, d.String())
	if err != nil || m.Content.Subject == nil {
		return manifest.Manifest{}, err
	}
	return m, nil
}
