package commands

import (
	"context"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// imagePattern names images: by tag, digest or pattern, as in copy and move.
type imagePattern struct {
	// byDigest is set for an image that is named so, and pattern for all else.
	byDigest reference.Reference
	pattern  selection.Pattern
	// typed is the argument.
	typed string
}

func parseImagePattern(argument string) (p imagePattern, err error) {
	p.typed = argument
	if strings.Contains(argument, "@") {
		p.byDigest, err = reference.Parse(argument)
		return p, err
	}
	p.pattern, err = selection.ParsePattern(argument)
	return p, err
}

// find returns the images that a pattern means. That there are none is an error: nothing would be verified.
func (p imagePattern) find(ctx context.Context, s *session) ([]reference.Reference, error) {
	if p.byDigest.Digest != "" {
		return []reference.Reference{p.byDigest}, nil
	}
	if one, exact := p.pattern.Reference(); exact {
		return []reference.Reference{one}, nil
	}
	tags, err := p.tags(ctx, s)
	if image, one := p.pattern.Image(); one && err == nil && len(tags) == 0 {
		err = s.inspect().Nothing(ctx, image, nil)
	}
	if err == nil && len(tags) == 0 {
		err = &failure.Failure{
			Side: failure.Source, Message: "there is no image " + p.typed, Absent: true,
			Hint: "Check the pattern, and that you may read it: a server can hide what you may not.",
		}
	}
	return tags, err
}

// tags asks the image's folder, which shows all, where one image is meant; several need a search.
func (p imagePattern) tags(ctx context.Context, s *session) ([]reference.Reference, error) {
	image, one := p.pattern.Image()
	if !one {
		if err := s.inspect().CheckRepository(ctx, failure.Source, p.pattern.Repo); err != nil {
			return nil, err
		}
		found, err := selection.Find(ctx, s.rest, sourceImages{s.inspect()}, p.pattern, selection.Filter{})
		return found.Tags, explainSearch(err)
	}
	names, err := s.inspect().Tags(ctx, failure.Source, image)
	var tags []reference.Reference
	for _, name := range names {
		r := reference.Reference{Image: image, Tag: name}
		if _, meant := p.pattern.Match(r); meant {
			tags = append(tags, r)
		}
	}
	return tags, err
}
