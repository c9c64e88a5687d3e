package promotion

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// BatchOptions say how many images are promoted in one run.
type BatchOptions struct {
	// Threads bounds how many images are worked on at once.
	Threads int
	// FailFast begins with no further image once one has failed or was refused.
	FailFast bool
	// InOrder promotes the images that share a source or a target one after another in the given order, so that each finds the state
	// that it finds in every such run: what is planned and what is carried out later have to meet the same.
	InOrder bool
	// Begun are pairs of images, requests without tags, of which an earlier run may have moved some tags and not have finished. It is
	// completed for those that Wanted tells of.
	Begun  []plan.Request
	Wanted func(reference.Reference) bool
	// Done, unless nil, is told of every image that has ended, from any goroutine.
	Done func(*Result)
}

// errStopped is the cause of what was not begun any more.
var errStopped = errors.New("another image failed before, and --fail-fast stops then")

// Batch promotes many images, each by itself: what becomes of one is no matter to the others. The results are in the order of the
// requests.
func (e *Engine) Batch(ctx context.Context, requests []plan.Request, o BatchOptions) *Summary {
	b := &batch{Engine: e, options: o, pairs: newPairs(e), results: make([]*Result, len(requests))}
	b.run(ctx, requests, lanes(requests, o.InOrder))
	for _, r := range o.Begun {
		b.results = append(b.results, b.complete(ctx, r)...)
	}
	return &Summary{Results: b.results}
}

// complete finishes what an interrupted move left of tags that are at the target alone. See begun.
func (b *batch) complete(ctx context.Context, r plan.Request) []*Result {
	failed := func(err error) []*Result { return []*Result{(&Result{Request: r}).fail(err)} }
	pair, err := b.pairs.open(ctx, r)()
	if err != nil {
		return failed(err)
	}
	tags := pair.First.ImageTags()
	left := remaining(pair.First.Names, tags, b.results)
	if len(left) == 0 {
		return nil
	}
	names, err := b.begun(ctx, pair, tags, left)
	if err != nil {
		return failed(err)
	}
	var finished []*Result
	for _, name := range names {
		one := r
		one.Source.Tag, one.Target.Tag = name, name
		if !b.options.Wanted(one.Source) {
			continue
		}
		if result := b.one(ctx, one); result.Outcome != AlreadyThere {
			finished = append(finished, result)
		}
	}
	return finished
}

type batch struct {
	*Engine
	options BatchOptions
	pairs   *pairs
	results []*Result
	failed  atomic.Bool
}

// run works on lanes at once, and on the requests of a lane one after another.
func (b *batch) run(ctx context.Context, requests []plan.Request, lanes [][]int) {
	var group errgroup.Group
	group.SetLimit(max(1, b.options.Threads))
	for _, lane := range lanes {
		group.Go(func() error {
			for _, at := range lane {
				b.results[at] = b.one(ctx, requests[at])
			}
			return nil
		})
	}
	_ = group.Wait() // Errors are in the results.
}

func (b *batch) one(ctx context.Context, r plan.Request) *Result {
	stopped := ctx.Err()
	if b.options.FailFast && b.failed.Load() {
		stopped = errStopped
	}
	if stopped != nil {
		return (&Result{Request: r}).fail(&failure.Failure{Message: r.Source.String() + " was not begun with", Err: stopped})
	}
	result := b.Promote(ctx, b.pairs.open(ctx, r), r)
	if result.Err != nil {
		b.failed.Store(true)
	}
	if b.options.Done != nil {
		b.options.Done(result)
	}
	return result
}
