package commands

import (
	"context"
	"slices"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// unfinished are the images of which an interrupted move may have left something, and how the tags that it has brought
// were called.
type unfinished struct {
	requests []plan.Request
	// names gives, for the request of the same place, the source tag of a tag of the target.
	names []func(target reference.Reference) (sourceTag string, meant bool)
}

// origin finds the source tag of a tag of the target.
func (u *unfinished) origin(begun plan.Request, targetTag string) (sourceTag string, meant bool) {
	target := reference.Reference{Image: begun.Target.Image, Tag: targetTag}
	for at, r := range u.requests {
		if r.Source.Image != begun.Source.Image || r.Target.Image != begun.Target.Image {
			continue
		}
		if tag, ok := u.names[at](target); ok {
			return tag, true
		}
	}
	return "", false
}

// unfinished looks into every image that was searched, and, since a search for tags does not find an image whose tags
// are gone, into those in which something is attached to nothing.
func (o *transferCommandOptions) unfinished(ctx context.Context, s *session,
	images []reference.Image,
) (*unfinished, error) {
	u := &unfinished{}
	for _, group := range o.Groups {
		left, err := group.Left(ctx, s.rest)
		if err != nil {
			return nil, explainSearch(err)
		}
		for _, image := range left {
			if target, ok := group.TargetOf(image); ok {
				u.add(o, image, target, func(t reference.Reference) (string, bool) { return group.OriginOf(image, t) })
			}
		}
	}
	if o.Groups != nil {
		return u, nil
	}
	if _, one := o.pattern.Image(); !one && o.pattern.Tagged() {
		left, err := selection.LeftOf(ctx, s.rest, o.pattern)
		if err != nil {
			return nil, explainSearch(err)
		}
		images = slices.Concat(images, slices.DeleteFunc(left,
			func(image reference.Image) bool { return slices.Contains(images, image) }))
	}
	for _, image := range images {
		if target, ok := o.destination.TargetOf(o.pattern, image); ok {
			u.add(o, image, target, func(t reference.Reference) (string, bool) {
				tag, ok := o.destination.OriginOf(o.pattern, image, t)
				return tag, ok && o.meant(reference.Reference{Image: image, Tag: tag})
			})
		}
	}
	return u, nil
}

func (u *unfinished) add(o *transferCommandOptions, source, target reference.Image,
	name func(reference.Reference) (string, bool),
) {
	u.requests = append(u.requests, o.request(selection.Selected{
		Source: reference.Reference{Image: source},
		Target: reference.Reference{Image: target},
	}))
	u.names = append(u.names, name)
}
