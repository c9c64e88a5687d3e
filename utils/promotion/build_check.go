package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// check refuses what the server would not promote as it is: a tag that shows something else than the build recorded, and an image with
// parts that it did not record, which would stay behind.
func (p *buildPromotion) check(ctx context.Context, r *Result) error {
	g := r.Plan.Graph
	for at, request := range p.Images {
		if want := p.Expected[at]; request.Source.Folder(request.Source.Tag) == r.Request.Source.Folder(r.Request.Source.Tag) && want != "" && want != g.Root {
			return failure.Refuse(failure.Source, "Name the repository that still has it with --source-repo, or promote the image itself with 'jf signed-promote promote'.",
				"%s shows %s, and the build recorded %s", request.Source.Tagged(request.Source.Tag), g.Root, want)
		}
	}
	if r.Gone || len(r.Plan.Of(plan.Promote)) == 0 {
		return nil
	}
	for _, d := range g.ImageDigests() {
		if _, there := g.Nodes[d]; !there || p.Recorded[d] {
			continue
		}
		held, err := p.holding(ctx, r.Request.Target.Image, reference.DigestFolder(d))
		if err != nil {
			return explain(failure.Target, err, r.Request.Target.Folder(d.String()), "Read on "+r.Request.Target.Image.String())
		}
		if held == "" {
			return failure.Refuse(failure.Source, "Publish a build-info that records it, or promote the image itself with 'jf signed-promote promote'.",
				"%s has a part that the build did not record, %s: the server would leave it behind", r.Request.Source, d)
		}
	}
	return nil
}
