package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// attachAhead asks, while the target is still being compared, whether the attachments that its folder does not show may
// be written there: permissions can be given path by path. One of each kind of name is asked about, since nobody's
// patterns tell one digest from another; and none if all are of one kind, since then the first write changes nothing
// when it is refused.
func (e *Promoter) attachAhead(ctx context.Context, s *survey, r plan.Request) func() error {
	samples := newAttachments(s, r)
	if e.DryRun || len(samples) < 2 {
		return func() error { return nil }
	}
	questions := make([]func() error, 0, len(samples))
	for _, folder := range samples {
		questions = append(questions, func() error {
			return e.mayWrite(ctx, rootFile(r, s.root), folder+"/"+s.root.FileName(),
				folder, false)
		})
	}
	return parallel.Start(questions...)
}

// newAttachments returns one folder for each kind of name among the attachments whose folders the target does not show.
func newAttachments(s *survey, r plan.Request) (samples []string) {
	type kind struct {
		target         reference.Image
		prefix, suffix string
	}
	seen := map[kind]bool{}
	for _, a := range s.graph.Attachments {
		target, carried := r.Home(a.Home)
		if !carried || target == a.Home || s.pair.targetListing(target).Has(a.Name()) {
			continue
		}
		k := kind{target: target}
		if tag, ok := reference.ParseSuffixTag(a.Tag); ok {
			k.prefix, k.suffix = tag.Prefix, "."+tag.Suffix
		}
		if !seen[k] {
			seen[k] = true
			samples = append(samples, target.Folder(a.Name()))
		}
	}
	return samples
}

// mayUpdate asks the same about what is to be replaced, which needs Delete, as a first promotion does not; and about
// further folders that are to be written: the tags of referrers, and the digests of what is replaced and kept. What is
// asked about is a copy of the image's own manifest file, which is at the target alone if an earlier run has moved it.
func (e *Promoter) mayUpdate(ctx context.Context, p *plan.Plan, moved bool) error {
	root := p.Graph.Nodes[p.Graph.Root]
	from := rootFile(p.Request, root)
	if moved {
		from = p.Target.Folder(p.Target.Tag) + "/" + root.FileName()
	}
	var questions []func() error
	for _, step := range p.Of(plan.KeepManifest, plan.TagAttachment) {
		questions = append(questions, func() error {
			return e.mayWrite(ctx, from, step.Path+"/"+step.Manifest.FileName(), step.Path, false)
		})
	}
	for _, step := range p.Of(plan.UpdateAttachment, plan.MergeAttachment, plan.UpdateFallback) {
		if step.Before != "" || step.Action == plan.UpdateAttachment {
			questions = append(questions, func() error {
				return e.mayWrite(ctx, from, step.Path+"/"+step.Manifest.FileName(), step.Path, true)
			})
		}
	}
	return parallel.All(questions...)
}

// mayDelete asks whether a move may take away from the source what it is going to.
func (e *Promoter) mayDelete(ctx context.Context, p *plan.Plan) error {
	var questions []func() error
	for _, step := range p.Steps {
		if step.Action.Deletes() {
			questions = append(questions, func() error { return e.mayDeleteOne(ctx, p, step) })
		}
	}
	return parallel.All(questions...)
}

// mayDeleteOne asks about a move of one manifest file to where nothing is. A refusal is Delete at the source alone if a
// copy to the same place would be allowed; else it can be about the target, and what that needs was asked before. So
// nobody is kept from a move whose target is complete and closed.
func (e *Promoter) mayDeleteOne(ctx context.Context, p *plan.Plan, step plan.Step) error {
	from := step.Path + "/" + p.Graph.Nodes[step.Digest].FileName()
	to := p.Target.Folder(p.Target.Tag) + "/" + manifest.BlobFile(step.Digest)
	err := e.Ask(ctx, func() error { return e.Checker.CheckMove(ctx, from, to) })
	if remote.Refused(err) && !e.mayCopy(ctx, from, to) {
		err = nil
	}
	return foreseen(failure.Source, err, step.Path+" may not be moved away",
		"Delete on "+step.Path+", which a move needs; --copy does not")
}

func (e *Promoter) mayCopy(ctx context.Context, from, to string) bool {
	return e.Ask(ctx, func() error { return e.Checker.CheckCopy(ctx, from, to) }) == nil
}
