// Package cleanup ends a move: it deletes at the source what the target has, and what nothing that stays needs.
package cleanup

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// Cleaner deletes what a move leaves at the source.
type Cleaner struct{ *remote.Server }

func (c Cleaner) reader() inspect.Reader { return inspect.Reader{Reader: c.Reader} }

// Departure is what a move may delete at the source, and what it leaves there for something that stays.
type Departure struct {
	Steps []plan.Step
	Stays []plan.Stay
	// Late names the folders with something that was attached while the move ran.
	Late []string
	// Unlisted names the folders of what is attached to the image without being in any list.
	Unlisted []string
}

// Deletes reports what a move may delete at the source: what nothing that stays there needs.
func (c Cleaner) Deletes(ctx context.Context, reader attachment.Reader, g *attachment.Graph, r plan.Request, tag string,
	listing attachment.Listing,
) (Departure, error) {
	var also []digest.Digest
	if r.SameImage() {
		// The new tag is in the same folder and needs everything.
		also = append(also, g.Root)
	}
	rest, err := attachment.Needed(ctx, reader, g, listing, tag, also...)
	if err != nil {
		return Departure{}, remote.Explain(failure.Source, err, "reading what "+r.Source.Image.String()+" still needs",
			"Read on "+r.Source.Image.String())
	}
	return Departure{
		Steps: plan.Cleanup(g, tag, listing, rest), Stays: plan.Stays(g, tag, listing, rest), Late: rest.Late,
		Unlisted: rest.Unlisted,
	}, nil
}

// LeaveWaived leaves at the source the records that --on-conflict keep waives: they are nowhere else. It goes by what
// the target was left with, which somebody may have written meanwhile.
func (d *Departure) LeaveWaived(p *plan.Plan, run *plan.Execution) {
	goes, stays := p.LeaveWaived(d.Steps, run.Left)
	d.Steps, d.Stays = goes, slices.Concat(d.Stays, stays)
}

// Clean ends a move.
func (c Cleaner) Clean(ctx context.Context, g *attachment.Graph, r plan.Request, run *plan.Execution, memory *attachment.Memory) error {
	return (&cleaning{Cleaner: c, graph: g, request: r, run: run, memory: memory, tag: r.Source.Tag}).clean(ctx)
}

// cleanRounds bounds how often it is decided anew what may go, without anything having gone, because somebody else
// keeps writing to the source. From strictRounds on, what came since the last look is read between that look and a
// delete: at an image with very many tags a look can take longer than it is quiet there.
const (
	cleanRounds  = 8
	strictRounds = 3
)

// cleaning deletes what a move leaves at the source. What may go is decided from what every folder of the source image
// holds, and directly before each delete that is read again, in one request: if anything has changed but for the
// Deletes themselves, all is decided anew. So nothing goes that a tag, an index or a subject needs which came
// meanwhile. Before that look the folder itself is read: what is in folders inside it is another image's and stays.
type cleaning struct {
	Cleaner
	graph   *attachment.Graph
	request plan.Request
	run     *plan.Execution
	// tag is empty when the source tag is gone already.
	tag string
	// allowed leaves out steps; nil allows all.
	allowed func(context.Context, []plan.Step) ([]plan.Step, error)
	// state reports what the folders held when it was decided.
	state map[string]digest.Digest
	// current reports that the state is not looked at again before the next delete.
	current bool
	// gone holds the folders that were deleted. What comes back there is somebody else's.
	gone map[string]bool
	// stays is what something needs that stays, and late what was attached meanwhile, as of the last decision.
	stays []plan.Stay
	late  []string
	// unlisted is what is attached and in no list.
	unlisted []string
	// memory holds what was read of the folders that stay.
	memory *attachment.Memory
	// busy reports that somebody writes more often than one can look.
	busy bool
	// repushed reports that the source tag shows another image by now.
	repushed bool
}

func (c *cleaning) clean(ctx context.Context) (err error) {
	c.gone = map[string]bool{}
	if c.memory == nil {
		c.memory = attachment.Remember(c.Named(failure.Source))
	}
	if c.state, err = c.wholeLook(ctx); err != nil {
		return err
	}
	for idle := 0; idle < cleanRounds; idle++ {
		c.busy = c.busy || idle >= strictRounds
		steps, err := c.decide(ctx)
		if err != nil {
			return err
		}
		before := len(c.gone)
		finished, err := c.deleteAll(ctx, steps)
		if err == nil && finished && len(c.gone) > before {
			finished, err = c.lookAgain(ctx)
		}
		switch {
		case err != nil:
			return err
		case finished:
			return c.end()
		case len(c.gone) > before:
			idle = -1
		}
	}
	return c.giveUp()
}

// decide reports what may go, given the state.
func (c *cleaning) decide(ctx context.Context) ([]plan.Step, error) {
	departure, err := c.Deletes(ctx, c.memory, c.graph, c.request, c.tag, attachment.NewState(c.state))
	departure.LeaveWaived(c.run.Plan, c.run)
	c.stays, c.late, c.unlisted = departure.Stays, departure.Late, departure.Unlisted
	c.current = c.busy && c.allowed == nil
	steps := c.run.Plan.Agreed(slices.DeleteFunc(departure.Steps, func(s plan.Step) bool { return c.gone[s.Path] }))
	if err != nil || c.allowed == nil {
		return steps, err
	}
	return c.allowed(ctx, steps)
}

// lookAgain looks once more after the last delete, where something stays for the sake of others: those may be moved by
// other runs at the same time, each of which leaves what the others need. The last of them finds that nobody does any
// more.
func (c *cleaning) lookAgain(ctx context.Context) (finished bool, err error) {
	if len(c.stays) == 0 || c.repushed {
		return true, nil
	}
	now, err := c.reader().State(ctx, c.request.Source.Image)
	if err != nil || maps.Equal(now, c.state) {
		return true, err
	}
	c.state = now
	return false, nil
}

// deleteAll deletes in order, and stops at the first failure. finished is false when the state has changed.
func (c *cleaning) deleteAll(ctx context.Context, steps []plan.Step) (finished bool, err error) {
	for _, step := range steps {
		inside, err := c.inside(ctx, step)
		if err != nil {
			return false, err
		}
		now, err := c.lastLook(ctx)
		if err != nil {
			return false, err
		}
		if !maps.Equal(now, c.state) {
			c.state = now
			return false, nil
		}
		if c.repushed, err = c.deleteOne(ctx, step, inside); c.repushed || err != nil {
			return true, err
		}
	}
	return true, nil
}

// inside reads a folder that is about to be deleted. One that is not there any more is left to the look that follows.
func (c *cleaning) inside(ctx context.Context, step plan.Step) (tagfolder.Inside, error) {
	inside, err := tagfolder.Look(ctx, c.Catalog, step.Path)
	if errors.Is(err, failure.ErrNotFound) {
		return inside, nil
	}
	return inside, remote.Explain(failure.Source, err, "looking into "+step.Path+" before it is deleted", "Read on "+step.Path)
}

// lastLook reads the state directly before a delete, as long as that is not too slow for those who write.
func (c *cleaning) lastLook(ctx context.Context) (map[string]digest.Digest, error) {
	if c.current {
		c.current = false
		return c.state, nil
	}
	return c.reader().State(ctx, c.request.Source.Image)
}

// deleteOne deletes a folder that holds what was planned. tagMoved tells that the tag itself was pushed again: what is
// attached to the old digest stays with it until the next run.
func (c *cleaning) deleteOne(ctx context.Context, step plan.Step, inside tagfolder.Inside) (tagMoved bool, err error) {
	name := path.Base(step.Path)
	switch held, there := c.state[name]; {
	case !there:
		if err := c.confirmGone(ctx, name); err != nil {
			c.run.Record(step, plan.StepFailed)
			return false, err
		}
		c.run.Record(step, plan.StepDone)
		c.tagGone(step)
		return false, nil
	case held != step.Digest:
		c.run.Record(step, plan.StepKept)
		c.run.Warnings = append(c.run.Warnings, step.Path+" was written meanwhile and stays")
		return step.Action == plan.DeleteTag, nil
	}
	if err := c.Deletion(c.request.Source.Image, name).Delete(ctx, inside); err != nil {
		c.run.Record(step, plan.StepFailed)
		return false, remote.Explain(failure.Source, err, "deleting "+step.Path, "Delete on "+step.Path)
	}
	c.run.Record(step, plan.StepDone)
	delete(c.state, name)
	c.gone[step.Path] = true
	c.tagGone(step)
	return false, nil
}

func (c *cleaning) tagGone(step plan.Step) {
	if step.Action == plan.DeleteTag {
		c.tag = ""
	}
}
