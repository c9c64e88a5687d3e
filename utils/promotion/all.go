package promotion

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Summary is what became of all tags of a run.
type Summary struct {
	Results []*Result
	// Remaining names folders of the source image that belong to no promoted tag: manifests without a tag, and
	// attachments whose subject is no image there. They stay where they are. Filled only when every tag was asked for.
	Remaining []string
}

// Run promotes the tag that the request names, or, if it names none, every tag that is an image, each by itself.
// threads bounds how many tags are worked on at once. The error is one that no single image can be blamed for.
func (e *Promoter) Run(ctx context.Context, r plan.Request, threads int) (*Summary, error) {
	open := sync.OnceValues(func() (*Pair, error) { return e.Open(ctx, r.Source.Image, r.Target.Image, r.Places...) })
	if r.Source.Tag != "" {
		return &Summary{Results: []*Result{e.Promote(ctx, open, r)}}, nil
	}
	pair, err := open()
	if err != nil {
		return nil, err
	}
	tags, err := e.inspect().ImageTags(ctx, failure.Source, pair.Source, pair.First)
	if err != nil {
		return nil, err
	}
	pair.aims = aimsOf(tags)
	results := e.each(ctx, open, r, tags, threads)
	left := remaining(pair.First.Names, tags, results)
	if r.Move && len(left) > 0 {
		begun, err := e.interruptedMoves(ctx, pair, tags, left)
		if err != nil {
			return &Summary{Results: results, Remaining: left}, err
		}
		finished := e.each(ctx, open, r, begun, threads)
		results = append(results, slices.DeleteFunc(finished,
			func(one *Result) bool { return one.Outcome == AlreadyThere })...)
		left = remaining(pair.First.Names, tags, results)
	}
	if len(results) == 0 && len(tags) == 0 {
		if err := e.nothingToRun(ctx, r); err != nil {
			return nil, err
		}
	}
	return &Summary{Results: results, Remaining: left}, nil
}

func aimsOf(tags []string) map[string]bool {
	aims := make(map[string]bool, len(tags))
	for _, tag := range tags {
		aims[tag] = true
	}
	return aims
}

// nothingToRun is Nothing for a promotion of every tag.
func (e *Promoter) nothingToRun(ctx context.Context, r plan.Request) error {
	if !r.Move {
		return e.inspect().Nothing(ctx, r.Source.Image, nil)
	}
	return e.inspect().Nothing(ctx, r.Source.Image, &r.Target.Image)
}

// each promotes tags, each under its own name.
func (e *Promoter) each(ctx context.Context, open func() (*Pair, error), r plan.Request, tags []string,
	threads int,
) []*Result {
	results := make([]*Result, len(tags))
	if nested(r) {
		threads = 1
	}
	group := errgroup.Group{}
	group.SetLimit(threads)
	for i, tag := range tags {
		one := r
		one.Source.Tag, one.Target.Tag, one.ImagesOnly = tag, tag, true
		group.Go(func() error {
			if results[i] = notBegun(one, errInterrupted); ctx.Err() == nil {
				results[i] = e.Promote(ctx, open, one)
			}
			return nil
		})
	}
	_ = group.Wait() // Errors are in the results.
	return images(results)
}

// images leaves out the tags that turned out to be attached to something.
func images(results []*Result) []*Result {
	return slices.DeleteFunc(results, func(r *Result) bool { return r.attached })
}

// remaining names the folders that no result explains.
func remaining(names, tags []string, results []*Result) []string {
	explained := map[string]bool{}
	for _, r := range results {
		r.explain(explained)
	}
	return unexplained(names, tags, explained)
}

// explain adds the folders that belong to the image.
func (r *Result) explain(folders map[string]bool) {
	if r.Plan == nil {
		return
	}
	for d := range r.Plan.Graph.Nodes {
		folders[reference.DigestFolder(d)] = true
	}
	for _, a := range r.Plan.Graph.Attachments {
		folders[a.Tag] = true
	}
	for _, f := range r.Plan.Graph.Fallbacks {
		folders[f.Tag()] = true
	}
	for tag := range r.Plan.Graph.Tags {
		folders[tag] = true
	}
}

func unexplained(names, tags []string, explained map[string]bool) []string {
	var left []string
	for _, name := range names {
		if attachedOrUntagged(name) && !explained[name] && !slices.Contains(tags, name) {
			left = append(left, name)
		}
	}
	return left
}

func attachedOrUntagged(name string) bool {
	_, untagged := reference.ParseDigestFolder(name)
	return untagged || (reference.CheckTag(name) == nil && !reference.IsImageTag(name))
}
