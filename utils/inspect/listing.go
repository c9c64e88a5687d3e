package inspect

import (
	"context"
	"errors"
	"fmt"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// inspected is listing for one who has not asked for the repository: that it is not there explains a missing image.
func (r Reader) inspected(ctx context.Context, side failure.Side, image reference.Image) (attachment.Listing, error) {
	listing, err := r.Listing(ctx, side, image)
	if errors.Is(err, failure.ErrNotFound) {
		if cause := r.CheckRepository(ctx, side, image.Repo); cause != nil {
			return listing, cause
		}
	}
	return listing, err
}

// Listing reads the folder of an image. A missing image is an error that wraps failure.ErrNotFound.
func (r Reader) Listing(ctx context.Context, side failure.Side, image reference.Image) (attachment.Listing, error) {
	names, err := r.At(side).Folders(ctx, image)
	if errors.Is(err, failure.ErrNotFound) {
		return attachment.Listing{}, missing(side, "image "+image.String())
	}
	return attachment.NewListing(names), err
}

// Folder reads the folder of an image. An image that the target does not have yet is an empty one.
func (r Reader) Folder(ctx context.Context, side failure.Side, image reference.Image) (attachment.Listing, error) {
	listing, err := r.Listing(ctx, side, image)
	if side == failure.Target && errors.Is(err, failure.ErrNotFound) {
		return attachment.NewListing(nil), nil
	}
	return listing, err
}

// Places reads the folders of other places.
func (r Reader) Places(ctx context.Context, side failure.Side,
	places []reference.Image,
) ([]attachment.Place, error) {
	others := make([]attachment.Place, 0, len(places))
	for _, image := range places {
		listing, err := r.Place(ctx, side, image)
		if err != nil {
			return nil, err
		}
		others = append(others, attachment.Place{Image: image, Listing: listing})
	}
	return others, nil
}

// CheckPlaces reports why attachments cannot be looked for in further places, or nil.
func (r Reader) CheckPlaces(ctx context.Context, places ...reference.Image) error {
	_, err := r.Places(ctx, failure.Source, places)
	return err
}

// Place reads the folder of a further place. One that does not exist is a mistake in its name, since nothing could be
// found there; only at the target it may be yet to come, in a repository that is there.
func (r Reader) Place(ctx context.Context, side failure.Side, image reference.Image) (attachment.Listing, error) {
	listing, err := r.Listing(ctx, side, image)
	if !errors.Is(err, failure.ErrNotFound) {
		return listing, err
	}
	if err := r.CheckRepository(ctx, side, image.Repo); err != nil {
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

func missing(side failure.Side, name string) error {
	return &failure.Failure{
		Side:    side,
		Message: fmt.Sprintf("there is no %s", name),
		Hint:    "Check the name, and that you may read it: a server can hide what you may not.",
		Absent:  true,
	}
}
