package promotion

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// BatchOptions say how many images are promoted in one run.
type BatchOptions struct {
	// Threads bounds how many images are worked on at once.
	Threads int
	// FailFast begins with no further image once one has failed or was refused.
	FailFast bool
	// InOrder promotes the images that share a source or a target one after another in the given order, so that each
	// finds the state that it finds in every such run: what is planned and what is carried out later have to meet the
	// same.
	InOrder bool
	// Begun are pairs of images, requests without tags, of which an earlier run may have moved some tags and not have
	// finished. It is completed for those tags of the target that Origin knows the source tag of.
	Begun  []plan.Request
	Origin func(begun plan.Request, targetTag string) (sourceTag string, meant bool)
	// Outlined keeps of each image that has ended only what a report tells: the results cannot be planned by, and have
	// no graphs.
	Outlined bool
	// Done, unless nil, is told of every image that has ended, from any goroutine.
	Done func(*Result)
}

// errStopped and errInterrupted are the causes of what was not begun any more.
var (
	errStopped     = errors.New("another image failed before, and --fail-fast stops then")
	errInterrupted = errors.New("the run was interrupted")
)

// notBegun is the result of an image whose turn did not come.
func notBegun(r plan.Request, cause error) *Result {
	return &Result{Request: r, Outcome: NotBegun, Err: &failure.Failure{
		Message: r.Source.String() + " was not begun with",
		Err:     cause,
	}}
}

// stopped reports why nothing more is begun, or nil.
func (b *batch) stopped(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case b.options.FailFast && b.failed.Load():
		return errStopped
	default:
		return nil
	}
}

// Batch promotes many images, each by itself: what becomes of one is no matter to the others. The results are in the
// order of the requests.
func (e *Promoter) Batch(ctx context.Context, requests []plan.Request, o BatchOptions) *Summary {
	b := &batch{Promoter: e, options: o, pairs: newPairCache(ctx, e, requests, o.Begun)}
	results := make([]*Result, len(requests))
	b.run(schedule(requests, o.InOrder), func(at int) {
		results[at] = b.one(ctx, requests[at])
		b.ended(requests[at], results[at])
	})
	finished := make([][]*Result, len(o.Begun))
	b.run(schedule(o.Begun, true), func(at int) {
		finished[at] = b.complete(ctx, o.Begun[at])
		b.pairs.ended(o.Begun[at], nil)
	})
	return &Summary{Results: images(slices.Concat(results, slices.Concat(finished...)))}
}

// ended notes what an image leaves to be known, and lets go of the rest.
func (b *batch) ended(r plan.Request, result *Result) {
	explains := result
	if len(b.options.Begun) == 0 {
		explains = nil
	}
	b.pairs.ended(r, explains)
	if b.options.Outlined {
		result.compact()
	}
}

// complete finishes what an interrupted move left of tags that are at the target alone. See interruptedMoves.
func (b *batch) complete(ctx context.Context, r plan.Request) []*Result {
	failed := func(err error) []*Result {
		result := &Result{Request: r}
		result.end(err)
		return []*Result{result}
	}
	if b.stopped(ctx) != nil {
		return nil
	}
	known := b.pairs.of(r)
	pair, err := known.open()
	if err != nil {
		return failed(err)
	}
	tags := pair.First.ImageTags()
	left := unexplained(pair.First.Names, tags, known.explained)
	if len(left) == 0 {
		return nil
	}
	// A tag that the source still has is no trace of a move that was cut off, unless the two have different names.
	same := slices.DeleteFunc(slices.Clone(tags), func(name string) bool {
		origin, meant := b.options.Origin(r, name)
		return !meant || origin != name
	})
	names, err := b.interruptedMoves(ctx, pair, same, left)
	if err != nil {
		return failed(err)
	}
	var finished []*Result
	for _, name := range names {
		one := r
		origin, meant := b.options.Origin(r, name)
		if one.Source.Tag, one.Target.Tag = origin, name; !meant || pair.First.Has(origin) {
			continue
		}
		result := b.one(ctx, one)
		if b.options.Outlined {
			result.compact()
		}
		if result.Outcome != AlreadyThere {
			finished = append(finished, result)
		}
	}
	return finished
}

type batch struct {
	*Promoter
	options BatchOptions
	pairs   *pairCache
	failed  atomic.Bool
}

// run works on lanes at once, and on what is in a lane one after another.
func (b *batch) run(lanes [][]int, work func(at int)) {
	var group errgroup.Group
	group.SetLimit(max(1, b.options.Threads))
	for _, lane := range lanes {
		group.Go(func() error {
			for _, at := range lane {
				work(at)
			}
			return nil
		})
	}
	_ = group.Wait() // Errors are in the results.
}

func (b *batch) one(ctx context.Context, r plan.Request) *Result {
	if cause := b.stopped(ctx); cause != nil {
		return notBegun(r, cause)
	}
	result := b.Promote(ctx, b.pairs.of(r).open, r)
	if result.Err != nil {
		b.failed.Store(true)
	}
	if b.options.Done != nil {
		b.options.Done(result)
	}
	return result
}
