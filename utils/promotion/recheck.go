package promotion

import (
	"context"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// maxRecheckAge is how old the last look at the tags may be when the promotion leaves: it is taken in the same round
// trip as the last reads of attachments, and one of those can take longer.
const maxRecheckAge = 200 * time.Millisecond

// recheck is the last look at both tags, and at the image that is going to be replaced.
type recheck struct {
	former         manifest.Manifest
	formerErr, err error
	answered       time.Time
}

// recheckEarly returns a last look that is taken beside the last reads of attachments, so that the promotion follows on
// those at once; nil where something else comes before the promotion.
func (p *placing) recheckEarly(ctx context.Context) func() error {
	step, ok := p.plan.The(plan.Promote)
	if !ok || p.Verifier != nil {
		return nil
	}
	return func() error {
		g := &recheck{}
		_ = parallel.All( // The errors are told when the promotion is due.
			func() error { g.former, g.formerErr = p.readFormer(ctx, step); return nil },
			func() error {
				g.err = p.unchanged(ctx, p.plan.Target.Tag, step.Before)
				g.answered = time.Now()
				return nil
			},
		)
		p.glance = g
		return nil
	}
}

// former returns the image that is about to be replaced, so that it can be restored.
func (p *placing) former(ctx context.Context, step plan.Step) (manifest.Manifest, error) {
	if p.glance != nil {
		return p.glance.former, p.glance.formerErr
	}
	return p.readFormer(ctx, step)
}

// lastLook makes sure, directly before the request that promotes, that both tags are as they were. A look that was
// taken beside other reads counts once, and only if these were not slow.
func (p *placing) lastLook(ctx context.Context, tag string, before digest.Digest) error {
	g := p.glance
	p.glance = nil
	if g != nil && time.Since(g.answered) <= maxRecheckAge {
		return g.err
	}
	return p.unchanged(ctx, tag, before)
}

func (p *placing) unchanged(ctx context.Context, tag string, before digest.Digest) error {
	return parallel.All(func() error { return p.sourceUnchanged(ctx) },
		func() error { return p.targetUnchanged(ctx, tag, before) })
}
