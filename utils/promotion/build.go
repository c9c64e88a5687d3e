package promotion

import (
	"context"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/plan"
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
func (e *Engine) PromoteBuild(ctx context.Context, b Build) (s *Summary, promoted bool, err error) {
	looking := *e
	looking.DryRun = true
	s = looking.Batch(ctx, b.Images, BatchOptions{Threads: b.Threads, InOrder: true})
	p := &buildPromotion{Engine: e, Build: b, results: s.Results}
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
	*Engine
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
