package promotion

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// Build is a build whose promotion the server carries out, image tags included.
type Build struct {
	// Images go to the same path and tag of the target repository. Expected is what the build recorded for each.
	Images   []plan.Request
	Expected []digest.Digest
	// Recorded holds every manifest that the build recorded: the server takes those, and no others.
	Recorded map[digest.Digest]bool
	// Agree, unless nil, is asked about all plans together before anything is changed.
	Agree func([]*Result) error
	// Send asks the server to promote the build.
	Send    func(context.Context) error
	Threads int
}

// PromoteBuild brings what is attached to the images of a build, lets the server promote the build, reads the images
// back and, after a move, deletes what it left at the source. A build is promoted as a whole: if one image may not be,
// none is, and nothing is changed. promoted reports that the server has promoted it, in this run or in an earlier one.
func (e *Promoter) PromoteBuild(ctx context.Context, b Build) (s *Summary, promoted bool, err error) {
	looking := *e
	looking.DryRun = true
	s = looking.Batch(ctx, b.Images, BatchOptions{Threads: b.Threads, InOrder: true})
	p := &buildPromotion{Promoter: e, Build: b, results: s.Results}
	if b.Agree != nil && ctx.Err() == nil {
		if err := b.Agree(p.results); err != nil {
			return nil, false, err
		}
	}
	p.each(ctx, p.check)
	if !p.ready() {
		return s, false, nil
	}
	if e.DryRun {
		return s, false, nil
	}
	return p.run(ctx, s)
}

// run carries out what was planned.
func (p *buildPromotion) run(ctx context.Context, s *Summary) (*Summary, bool, error) {
	for _, phase := range []func(context.Context, *Result) error{p.allowed, p.attachments, p.verified, p.unchanged} {
		p.each(ctx, phase)
		if !p.ready() {
			return s, false, nil
		}
	}
	if !p.movedBefore() {
		if err := p.promote(ctx); err != nil {
			p.wait(err)
			return s, false, err
		}
	}
	p.each(ctx, p.finishImage)
	return s, true, nil
}

// buildPromotion is a promotion under way.
type buildPromotion struct {
	*Promoter
	Build
	results []*Result
	// unclear reports that the server did not say whether it promoted the build.
	unclear bool
	// brought holds the folders of attachments that one of the images has brought, or has tried to.
	brought sync.Map
}

// movedBefore reports that an earlier run has let the server move all images, and that only cleaning is left.
func (p *buildPromotion) movedBefore() bool {
	for _, r := range p.results {
		if !r.SourceGone {
			return false
		}
	}
	return len(p.results) > 0
}

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
