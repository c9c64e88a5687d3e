package promotion

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Tagged is an image with its tags that are images.
type Tagged struct {
	reference.Image
	Tags []string
}

// Find gives the images in a repository, at any depth, whose path matches. It goes through the folders, each of which the server lists
// completely: what it finds is all there is, and what cannot be read is an error. below is the folder to begin with, "" for the whole
// repository.
func (e *Engine) Find(ctx context.Context, side failure.Side, repo, below string, matches func(path string) bool) ([]Tagged, error) {
	if err := e.CheckRepository(ctx, side, repo); err != nil {
		return nil, err
	}
	var found []Tagged
	for paths := []string{below}; len(paths) > 0; {
		path := paths[0]
		image, nested, err := e.open(ctx, side, repo, path)
		if err != nil {
			return nil, err
		}
		paths = append(paths[1:], nested...)
		if len(image.Tags) > 0 && matches(path) {
			found = append(found, image)
		}
	}
	return found, nil
}

// open lists one folder and tells its tags from folders of nested images, which hold no manifest. One that does not exist is empty.
func (e *Engine) open(ctx context.Context, side failure.Side, repo, path string) (image Tagged, nested []string, err error) {
	image.Image = reference.Image{Repo: repo, Path: path}
	names, err := e.Catalog.Folders(ctx, strings.TrimSuffix(image.String(), "/"))
	if errors.Is(err, failure.ErrNotFound) {
		return image, nil, nil
	}
	if err != nil {
		return image, nil, explain(side, err, image.String(), "Read on "+image.String())
	}
	candidates := attachment.NewListing(names).ImageTags()
	if path != "" {
		image.Tags, err = e.imageTags(ctx, side, image.Image, attachment.NewListing(names))
	}
	for _, name := range candidates {
		if !slices.Contains(image.Tags, name) {
			nested = append(nested, strings.TrimPrefix(path+"/"+name, "/"))
		}
	}
	return image, nested, err
}
