package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// attached is what became of one attachment step.
type attached struct {
	outcome StepOutcome
	warning string
	// indexed tells that the registry took note of a referrer's subject.
	indexed bool
	// copied is a record that was copied and is still to be read back.
	copied *settling
}

// attach brings all attachments, wave by wave, so that a subject is there before what hangs on it; then it reads back what is not proved
// already, all at once, and writes the fallback tags. beside is done together with that, unless something is still to be written.
func (e *Engine) attach(ctx context.Context, result *Result, beside func() error) error {
	p := result.Plan
	pushed, copied, err := e.bringAttachments(ctx, result)
	if err != nil {
		return errors.Join(err, e.readBack(ctx, result, copied))
	}
	fallbacks := append(p.Of(plan.UpdateFallback), unplanned(p, pushed)...)
	if len(fallbacks) > 0 {
		beside = nil
	}
	// The lists of referrers are read after the fallback tags: a registry may make them of both.
	return inOrder(
		func() error { return e.readBack(ctx, result, copied) },
		func() error {
			if _, err := e.attachAll(ctx, result, fallbacks); err != nil {
				return err
			}
			return e.readLists(ctx, p, pushed)
		},
		func() error {
			if beside == nil {
				return nil
			}
			return beside()
		},
	)
}

// bringAttachments carries out the steps, wave by wave. Of those that it names as copied it is still to be seen whether they arrived.
func (e *Engine) bringAttachments(ctx context.Context, result *Result) (pushed []pushedReferrer, copied []*settling, err error) {
	p := result.Plan
	steps := p.Of(plan.CopyAttachment, plan.UpdateAttachment, plan.MergeAttachment, plan.PushReferrer)
	for wave := 0; len(steps) > 0 && err == nil; wave++ {
		now := slices.DeleteFunc(slices.Clone(steps), func(s plan.Step) bool { return s.Wave > wave })
		steps = slices.DeleteFunc(steps, func(s plan.Step) bool { return s.Wave <= wave })
		var done []attached
		done, err = e.attachAll(ctx, result, now)
		for i, s := range now {
			switch {
			case s.Action == plan.PushReferrer:
				pushed = append(pushed, pushedReferrer{Step: s, indexed: done[i].indexed || leavesAlone(p, s)})
			case done[i].copied != nil:
				copied = append(copied, done[i].copied)
			}
		}
	}
	return pushed, copied, err
}

// attachAll runs steps at once. One failure does not cut the others off in the middle: they are finished, then the run stops.
func (e *Engine) attachAll(ctx context.Context, result *Result, steps []plan.Step) ([]attached, error) {
	done := make([]attached, len(steps))
	var group errgroup.Group
	for i, step := range steps {
		fresh := result.outcome(step) == StepPlanned
		group.Go(func() (err error) {
			done[i].outcome = StepFailed
			if err = e.attachOne(ctx, result.Plan, step, &done[i], fresh); err == nil {
				done[i].outcome = StepDone
			}
			return err
		})
	}
	err := group.Wait()
	for i, step := range steps {
		if done[i].copied == nil || done[i].outcome == StepFailed {
			result.take(step, done[i])
		}
	}
	return done, err
}

// take notes what became of a step.
func (r *Result) take(step plan.Step, a attached) {
	r.record(step, a.outcome)
	if a.warning != "" {
		r.Warnings = append(r.Warnings, a.warning)
	}
}

// attachOne carries out one step. One that is not fresh was tried before: a folder that was copied must not be copied again, since it
// would nest.
func (e *Engine) attachOne(ctx context.Context, p *plan.Plan, step plan.Step, done *attached, fresh bool) (err error) {
	switch step.Action {
	case plan.PushReferrer:
		done.indexed, err = e.pushReferrer(ctx, p, step)
		return err
	case plan.UpdateFallback:
		return e.settleFallback(ctx, p, step)
	}
	s := e.settling(p, step)
	if err := s.bring(ctx, fresh); err != nil {
		return err
	}
	if s.copied {
		done.copied = s
		return nil
	}
	return s.settleAndRename(ctx, done)
}

func (s *settling) settleAndRename(ctx context.Context, done *attached) (err error) {
	if err := s.settle(ctx); err != nil {
		return err
	}
	done.warning, err = s.rename(ctx, s.step)
	return err
}

// pushedReferrer is a referrer that was written.
type pushedReferrer struct {
	plan.Step
	indexed bool
}

// leavesAlone tells that no fallback tag may be written for a referrer: then the referrers API has to list it, whatever the registry
// answered.
func leavesAlone(p *plan.Plan, s plan.Step) bool {
	return slices.Contains(p.LeftAlone, s.Target.Folder(reference.FallbackTag(s.Subject)))
}

// unplanned gives the fallback tags that turned out to be needed: the registry did not take note of a subject.
func unplanned(p *plan.Plan, pushed []pushedReferrer) []plan.Step {
	planned := p.Of(plan.UpdateFallback)
	var steps []plan.Step
	for _, r := range pushed {
		path := r.Target.Folder(reference.FallbackTag(r.Subject))
		known := func(s plan.Step) bool { return s.Path == path }
		if r.indexed || slices.ContainsFunc(planned, known) || slices.ContainsFunc(steps, known) {
			continue
		}
		steps = append(steps, plan.Step{Action: plan.UpdateFallback, Path: path, Subject: r.Subject, Home: r.Home, Target: r.Target})
	}
	return steps
}

// readLists reads back, for each subject, the list of the referrers that the registry said to have taken note of, and, where it has a
// referrers API at all, also of those of which it said nothing: its clients do not look at the fallback tag.
func (e *Engine) readLists(ctx context.Context, p *plan.Plan, pushed []pushedReferrer) error {
	type place struct {
		target  reference.Image
		subject digest.Digest
	}
	expected := map[place][]digest.Digest{}
	for _, r := range pushed {
		if r.indexed || p.Graph.API && r.Manifest.Content.Subject != nil {
			at := place{r.Target, r.Subject}
			expected[at] = append(expected[at], r.Digest)
		}
	}
	calls := make([]func() error, 0, len(expected))
	for at, digests := range expected {
		calls = append(calls, func() error { return e.listed(ctx, at.target, at.subject, digests) })
	}
	return inOrder(calls...)
}

// blobFile gives the name under which Artifactory keeps a blob in a tag folder (facts: tags in local repositories).
func blobFile(d digest.Digest) string { return d.Algorithm().String() + "__" + d.Encoded() }

// rename corrects the property that a copy carries over with the name of the source image.
func (e *Engine) rename(ctx context.Context, step plan.Step) (warning string, err error) {
	if step.Home.Path == step.Target.Path || step.Action != plan.CopyAttachment {
		return "", nil
	}
	file := step.Path + "/" + step.Manifest.FileName()
	warning, err = e.annotate(context.WithoutCancel(ctx), file, map[string][]string{"docker.repoName": {step.Target.Path}})
	if warning != "" {
		warning = fmt.Sprintf("searches by the property docker.repoName find %s under %s still, since it could not be corrected: %s", step.Path, step.Home.Path, warning)
	}
	return warning, err
}
