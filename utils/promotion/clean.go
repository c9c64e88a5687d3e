package promotion

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// deletes tells what a move may delete at the source: what nothing that stays there needs, and whether something was read for that.
func (e *Engine) deletes(ctx context.Context, g *attachment.Graph, r plan.Request, tag string, listing attachment.Listing) (steps []plan.Step, read bool, err error) {
	var also []digest.Digest
	if r.SameImage() {
		// The new tag is in the same folder and needs everything.
		also = append(also, g.Root)
	}
	needed, err := attachment.Needed(ctx, e.Registry, g, listing, tag, also...)
	if err != nil {
		return nil, true, explain(failure.Source, err, "reading what "+r.Source.Image.String()+" still needs", "Read on "+r.Source.Image.String())
	}
	return plan.Cleanup(g, tag, listing, needed), needed.Read, nil
}

// clean ends a move.
func (e *Engine) clean(ctx context.Context, g *attachment.Graph, r plan.Request, result *Result) error {
	return (&cleaning{Engine: e, graph: g, request: r, result: result, tag: r.Source.Tag}).run(ctx)
}

// cleanRounds bounds how often it is decided anew what may go, because somebody else keeps writing to the source.
const cleanRounds = 8

// cleaning deletes what a move leaves at the source. What may go is decided from what every folder of the source image holds, and
// directly before each delete that is read again, in one request: if anything has changed but for the deletes themselves, all is decided
// anew. So nothing goes that a tag, an index or a subject needs which came meanwhile.
type cleaning struct {
	*Engine
	graph   *attachment.Graph
	request plan.Request
	result  *Result
	// tag is empty when the source tag is gone already.
	tag string
	// allowed leaves out steps; nil allows all.
	allowed func(context.Context, []plan.Step) ([]plan.Step, error)
	// state tells what the folders held when it was decided.
	state map[string]digest.Digest
	// current tells that nothing was asked since the state was read.
	current bool
	// gone holds the folders that were deleted. What comes back there is somebody else's.
	gone map[string]bool
}

func (c *cleaning) run(ctx context.Context) (err error) {
	c.gone = map[string]bool{}
	if c.state, err = c.look(ctx); err != nil {
		return err
	}
	for range cleanRounds {
		steps, err := c.decide(ctx)
		if err != nil {
			return err
		}
		finished, err := c.deleteAll(ctx, steps)
		if err != nil {
			return err
		}
		if finished {
			c.result.keepRest("something that came there meanwhile may need it")
			return nil
		}
	}
	c.result.keepRest("somebody keeps writing to " + c.request.Source.Image.String() + "; run the same command again")
	return nil
}

// decide tells what may go, given the state.
func (c *cleaning) decide(ctx context.Context) ([]plan.Step, error) {
	steps, read, err := c.deletes(ctx, c.graph, c.request, c.tag, attachment.NewState(c.state))
	c.current = !read && c.allowed == nil
	steps = agreed(c.result.Plan, slices.DeleteFunc(steps, func(s plan.Step) bool { return c.gone[s.Path] }))
	if err != nil || c.allowed == nil {
		return steps, err
	}
	return c.allowed(ctx, steps)
}

// deleteAll deletes in order, and stops at the first failure. finished is false when the state has changed.
func (c *cleaning) deleteAll(ctx context.Context, steps []plan.Step) (finished bool, err error) {
	for _, step := range steps {
		now, err := c.lastLook(ctx)
		if err != nil {
			return false, err
		}
		if !maps.Equal(now, c.state) {
			c.state = now
			return false, nil
		}
		if tagMoved, err := c.deleteOne(ctx, step); tagMoved || err != nil {
			return true, err
		}
	}
	return true, nil
}

// lastLook reads the state directly before a delete, unless it was read directly before.
func (c *cleaning) lastLook(ctx context.Context) (map[string]digest.Digest, error) {
	if c.current {
		c.current = false
		return c.state, nil
	}
	return c.look(ctx)
}

// deleteOne deletes a folder that holds what was planned. tagMoved tells that the tag itself was pushed again: what hangs on the old
// digest stays with it until the next run.
func (c *cleaning) deleteOne(ctx context.Context, step plan.Step) (tagMoved bool, err error) {
	name := path.Base(step.Path)
	switch held, there := c.state[name]; {
	case !there:
		c.result.record(step, StepDone)
		return false, nil
	case held != step.Digest:
		c.result.record(step, StepKept)
		c.result.Warnings = append(c.result.Warnings, step.Path+" was written meanwhile and stays")
		return step.Action == plan.DeleteTag, nil
	}
	remove := func(ctx context.Context) error { return c.Mover.Delete(ctx, step.Path) }
	// A 404 after which it is still there is the refusal of a server that hides what is not allowed.
	if err := c.write(ctx, remove, remove, c.absent(c.request.Source.Image, name)); err != nil {
		c.result.record(step, StepFailed)
		return false, explain(failure.Source, err, "deleting "+step.Path, "Delete on "+step.Path)
	}
	c.result.record(step, StepDone)
	delete(c.state, name)
	c.gone[step.Path] = true
	if step.Action == plan.DeleteTag {
		c.tag = ""
	}
	return false, nil
}

// look tells what every folder of the source image holds at this moment: by one file list where the server gives one, else by folder
// info and a look at each folder.
func (c *cleaning) look(ctx context.Context) (map[string]digest.Digest, error) {
	image := c.request.Source.Image
	state, complete, err := c.Catalog.Manifests(ctx, image.String())
	switch {
	case err == nil && complete:
		return state, nil
	case err != nil && !refused(err):
		return nil, explain(failure.Source, err, "reading what "+image.String()+" holds", "Read on "+image.String())
	}
	listing, err := c.listing(ctx, failure.Source, image)
	if errors.Is(err, failure.ErrNotFound) {
		return map[string]digest.Digest{}, nil
	}
	if err != nil {
		return nil, err
	}
	return c.lookAtEach(ctx, image, listing)
}

func (c *cleaning) lookAtEach(ctx context.Context, image reference.Image, listing attachment.Listing) (map[string]digest.Digest, error) {
	state := map[string]digest.Digest{}
	var mu sync.Mutex
	names := listing.Manifests()
	calls := make([]func() error, 0, len(names))
	for _, name := range names {
		calls = append(calls, func() error {
			d, err := c.holding(ctx, image, name)
			mu.Lock()
			defer mu.Unlock()
			if d != "" {
				state[name] = d
			}
			return explain(failure.Source, err, image.Folder(name), "Read on "+image.String())
		})
	}
	return state, inOrder(calls...)
}

// absent gives a look at the state: whether a tag or digest of an image is gone.
func (e *Engine) absent(image reference.Image, ref string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		d, err := e.holding(ctx, image, ref)
		return err == nil && d == "", err
	}
}
