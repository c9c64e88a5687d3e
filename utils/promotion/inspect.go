package promotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// Inspect reads the graph of one image, by tag or digest, on one side, and what is kept of it in other places. It
// changes nothing, and notes in the graph what cannot be read. A missing image is an error that wraps
// failure.ErrNotFound.
func (e *Engine) Inspect(ctx context.Context, side failure.Side, ref reference.Reference,
	places ...reference.Image,
) (*attachment.Graph, error) {
	return e.readGraph(ctx, side, ref, places, e.stray, attachment.Survey)
}

// Read is Inspect for those who judge by what they read: what cannot be read is an error, and what no list leads to is
// not there for a verifier.
func (e *Engine) Read(ctx context.Context, side failure.Side, ref reference.Reference,
	places ...reference.Image,
) (*attachment.Graph, error) {
	return e.readGraph(ctx, side, ref, places, nil, attachment.Discover)
}

// walker is one of the ways to read a graph.
type walker func(ctx context.Context, reader attachment.Reader, image reference.Image, root manifest.Manifest,
	listing attachment.Listing, others ...attachment.Place) (*attachment.Graph, error)

func (e *Engine) readGraph(ctx context.Context, side failure.Side, ref reference.Reference, places []reference.Image,
	strays attachment.Strays, walk walker,
) (*attachment.Graph, error) {
	listing, err := e.inspected(ctx, side, ref.Image)
	if err != nil {
		return nil, err
	}
	root, err := e.Insist(side, ref.Image, listing).Manifest(ctx, ref.Image, ref.Name())
	if errors.Is(err, failure.ErrNotFound) {
		return nil, missing(side, ref.String())
	}
	if err != nil {
		return nil, remote.Explain(side, err, ref.String(), "Read on "+ref.Image.String())
	}
	others, err := e.otherPlaces(ctx, side, places)
	if err != nil {
		return nil, err
	}
	for i := range others {
		others[i].Listing = others[i].Listing.AskByName().LookForUnlisted(strays)
	}
	listing = listing.AskByName().LookForUnlisted(strays)
	graph, err := walk(ctx, e.Insist(side, ref.Image, listing, others...), ref.Image, root, listing, others...)
	return graph, remote.Explain(side, err, "looking for what is attached to "+ref.String(), "Read on "+ref.Image.String())
}

// otherPlaces reads the folders of other places.
func (e *Engine) otherPlaces(ctx context.Context, side failure.Side,
	places []reference.Image,
) ([]attachment.Place, error) {
	others := make([]attachment.Place, 0, len(places))
	for _, image := range places {
		listing, err := e.place(ctx, side, image)
		if err != nil {
			return nil, err
		}
		others = append(others, attachment.Place{Image: image, Listing: listing})
	}
	return others, nil
}

// CheckPlaces reports why attachments cannot be looked for in further places, or nil.
func (e *Engine) CheckPlaces(ctx context.Context, places ...reference.Image) error {
	_, err := e.otherPlaces(ctx, failure.Source, places)
	return err
}

// place reads the folder of a further place. One that does not exist is a mistake in its name, since nothing could be
// found there; only at the target it may be yet to come, in a repository that is there.
func (e *Engine) place(ctx context.Context, side failure.Side, image reference.Image) (attachment.Listing, error) {
	listing, err := e.listing(ctx, side, image)
	if !errors.Is(err, failure.ErrNotFound) {
		return listing, err
	}
	if err := e.CheckRepository(ctx, side, image.Repo); err != nil {
		return listing, err
	}
	if side == failure.Target {
		return attachment.NewListing(nil), nil
	}
	return listing, &failure.Failure{
		Side: side, Message: fmt.Sprintf("there is no %s, which --attachment-repo names", image),
		Hint: "Write it as <repo>/<path>, and check that you may read it: a server can hide what you may not.",
	}
}

// CheckRepository reports why images cannot be kept in a repository, or nil.
func (e *Engine) CheckRepository(ctx context.Context, side failure.Side, key string) error {
	_, err := e.repository(ctx, side, key)
	return err
}

// inspected is listing for one who has not asked for the repository: that it is not there explains a missing image.
func (e *Engine) inspected(ctx context.Context, side failure.Side, image reference.Image) (attachment.Listing, error) {
	listing, err := e.listing(ctx, side, image)
	if errors.Is(err, failure.ErrNotFound) {
		if cause := e.CheckRepository(ctx, side, image.Repo); cause != nil {
			return listing, cause
		}
	}
	return listing, err
}

func (e *Engine) listing(ctx context.Context, side failure.Side, image reference.Image) (attachment.Listing, error) {
	names, err := e.Catalog.Folders(ctx, image.String())
	if errors.Is(err, failure.ErrNotFound) {
		return attachment.Listing{}, missing(side, "image "+image.String())
	}
	return attachment.NewListing(names), remote.Explain(side, err, image.String(), "Read on "+image.String())
}

func missing(side failure.Side, name string) error {
	return &failure.Failure{
		Side:    side,
		Message: fmt.Sprintf("there is no %s", name),
		Hint:    "Check the name, and that you may read it: a server can hide what you may not.",
		Absent:  true,
	}
}
