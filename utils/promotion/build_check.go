package promotion

import (
	"context"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// check refuses what the server would not promote as it is: a tag that shows something else than the build recorded,
// and an image with parts that it did not record, which would stay behind.
func (p *buildPromotion) check(ctx context.Context, r *Result) error {
	g := r.Plan.Graph
	for at, request := range p.Images {
		if want := p.Expected[at]; request.Source.Folder(request.Source.Tag) == r.Request.Source.Folder(r.Request.Source.Tag) && want != "" && want != g.Root {
			return failure.Refuse(failure.Source, "Name the repository that still has it with --source-repo, or promote the image itself with 'jf signed-promote promote'.",
				"%s shows %s, and the build recorded %s", request.Source.Tagged(request.Source.Tag), g.Root, want)
		}
	}
	if err := p.takesFromOthers(r); err != nil {
		return err
	}
	if r.SourceGone || len(r.Plan.Of(plan.Promote)) == 0 {
		return nil
	}
	for _, d := range g.ImageDigests() {
		if _, there := g.Nodes[d]; !there || p.Recorded[d] {
			continue
		}
		held, err := p.DigestOf(ctx, r.Request.Target.Image, reference.DigestFolder(d))
		if err != nil {
			return remote.Explain(failure.Target, err, r.Request.Target.Folder(d.String()), "Read on "+r.Request.Target.Image.String())
		}
		if held == "" {
			return failure.Refuse(failure.Source, "Publish a build-info that records it, or promote the image itself with 'jf signed-promote promote'.",
				"%s has a part that the build did not record, %s: the server would leave it behind", r.Request.Source, d)
		}
	}
	return nil
}

// takesFromOthers refuses a move in which the server would take a manifest that another tag of the source needs and
// finds nowhere else: it takes what the build recorded, and looks at no tags. Those that the build takes too need
// nothing there any more.
func (p *buildPromotion) takesFromOthers(r *Result) error {
	if r.SourceGone || !r.Request.Move {
		return nil
	}
	source := r.Request.Source
	var taken, needing []string
	for _, stay := range r.Stays {
		others := slices.DeleteFunc(slices.Clone(stay.By), func(name string) bool { return p.takes(source.Image, name) })
		if !p.Recorded[stay.Digest] || len(others) == 0 || !slices.Contains(r.Plan.Graph.ImageDigests(), stay.Digest) {
			continue
		}
		taken = append(taken, stay.Digest.String())
		needing = append(needing, others...)
	}
	if len(taken) == 0 {
		return nil
	}
	slices.Sort(needing)
	return failure.Refuse(failure.Source, "Promote the build with --copy, or move the images one by one with 'jf signed-promote move', which leaves what others need.",
		"moving the build would take %s of %s, which %s of the same image still need", strings.Join(taken,
			", "), source.Tagged(source.Tag),
		strings.Join(slices.Compact(needing), ", "))
}

// takes reports whether a tag of an image is part of the build.
func (p *buildPromotion) takes(image reference.Image, tag string) bool {
	return slices.ContainsFunc(p.Images, func(r plan.Request) bool {
		return r.Source.Image == image &&
			r.Source.Tag == tag
	})
}
