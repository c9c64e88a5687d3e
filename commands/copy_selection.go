package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// selected returns the images that are meant, with their targets, and every image path that was looked into.
func (o *transferCommandOptions) selected(ctx context.Context,
	s *session,
) ([]selection.Selected, []reference.Image, error) {
	if o.Groups != nil {
		all, err := o.owners(ctx, s)
		return all, nil, err
	}
	found, err := o.find(ctx, s)
	if err != nil {
		return nil, nil, explainSearch(err)
	}
	all := make([]selection.Selected, 0, len(found.Tags))
	for _, source := range found.Tags {
		placeholders, _ := o.pattern.Match(source)
		target, err := o.destination.Place(source, placeholders)
		if err != nil {
			return nil, nil, fmt.Errorf("target of %s: %w", source, err)
		}
		all = append(all, selection.Selected{Source: source, Target: target})
	}
	return all, found.Images, nil
}

// find asks the image's folder, which shows all, wherever one image is meant; only several, and properties, need a
// search.
func (o *transferCommandOptions) find(ctx context.Context, s *session) (selection.Found, error) {
	if one, exact := o.pattern.Reference(); exact && !o.Filter.Narrows() {
		return selection.Found{Tags: []reference.Reference{one}}, nil
	}
	image, one := o.pattern.Image()
	if !one || o.Filter.Searches() {
		if err := s.inspect().CheckRepository(ctx, failure.Source, o.pattern.Repo); err != nil {
			return selection.Found{}, err
		}
		return selection.Find(ctx, s.rest, sourceImages{s.inspect()}, o.pattern, o.Filter)
	}
	found := selection.Found{Images: []reference.Image{image}}
	tags, err := s.inspect().Tags(ctx, failure.Source, image)
	for _, tag := range tags {
		if r := (reference.Reference{Image: image, Tag: tag}); o.meant(r) {
			found.Tags = append(found.Tags, r)
		}
	}
	if err == nil && len(tags) == 0 {
		err = o.nothing(ctx, s, image)
	}
	found.Tags = selection.Limited(o.Filter, found.Tags)
	return found, err
}

// nothing reports why an image that was named has no tag; nil where there is nothing left to do.
func (o *transferCommandOptions) nothing(ctx context.Context, s *session, image reference.Image) error {
	if !o.move {
		return s.inspect().Nothing(ctx, image, nil)
	}
	target, err := o.destination.Place(reference.Reference{Image: image}, nil)
	if err != nil {
		// With placeholders only a tag tells where it goes.
		return s.inspect().Nothing(ctx, image, nil)
	}
	return s.inspect().Nothing(ctx, image, &target.Image)
}

// owners returns the images of a file spec.
func (o *transferCommandOptions) owners(ctx context.Context, s *session) ([]selection.Selected, error) {
	var all []selection.Selected
	for _, group := range o.Groups {
		owners, err := selection.Owners(ctx, s.rest, sourceImages{s.inspect()}, group)
		if err != nil {
			return nil, explainSearch(err)
		}
		for _, owner := range owners {
			isImage, err := s.isImage(ctx, owner)
			if err != nil {
				return nil, err
			}
			if isImage {
				all = append(all, owner.Selected)
			}
		}
	}
	return all, nil
}

// isImage makes sure of what only looks like an image: files of no image stay where they are.
func (s *session) isImage(ctx context.Context, owner selection.Owner) (bool, error) {
	if owner.Certain {
		return true, nil
	}
	shown, err := s.inspect().Shows(ctx, failure.Source, owner.Source)
	if err == nil && !shown {
		log.Warn(owner.Source.Folder(owner.Source.Tag) + " holds no image: the files there that the file spec matches stay")
	}
	return shown, err
}

// explainSearch says which side a search was about, and what to do.
func explainSearch(err error) error {
	var search *artifactory.SearchError
	if !errors.As(err, &search) {
		return err
	}
	return failure.At(failure.Source, err, "looking for images", search.Hint)
}

// sourceImages reports what is an image at the source.
type sourceImages struct{ images inspect.Reader }

// IsImage reads what is behind a tag.
func (i sourceImages) IsImage(ctx context.Context, ref reference.Reference) (bool, error) {
	return i.images.IsImage(ctx, failure.Source, ref)
}
