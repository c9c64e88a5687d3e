package promotion

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/memo"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// attached is what became of one attachment step.
type attached struct {
	outcome  plan.StepOutcome
	warnings []string
	// left is the record behind a suffix tag or fallback tag that the target was left with, as far as it was read.
	left manifest.Manifest
	// indexed reports that the registry took note of a referrer's subject.
	indexed bool
	// unproven is what was written and is still to be read back.
	unproven *unproven
}

// attach brings all attachments, wave by wave, so that a subject is there before what is attached to it; then the
// fallback tags; then it reads back what is not proved already, all at once. beside is done together with that.
func (e *Promoter) attach(ctx context.Context, run *plan.Execution, beside func() error) error {
	pushed, written, err := e.bringAttachments(ctx, run)
	if err != nil {
		return failure.Join(err, e.readBack(ctx, run, written))
	}
	calls := []func() error{
		func() error { return e.readBack(ctx, run, written) },
		func() error { return e.readLists(ctx, run.Plan, pushed) },
	}
	if beside != nil {
		calls = append(calls, beside)
	}
	return parallel.All(calls...)
}

// bringAttachments carries out the steps, wave by wave, and the fallback tags last.
func (e *Promoter) bringAttachments(ctx context.Context,
	run *plan.Execution,
) (pushed []pushedReferrer, written []*unproven, err error) {
	p := run.Plan
	steps := p.Of(plan.CopyAttachment, plan.UpdateAttachment, plan.MergeAttachment, plan.PushReferrer)
	a := &attaching{Promoter: e, run: run}
	for wave := 0; len(steps) > 0; wave++ {
		now := slices.DeleteFunc(slices.Clone(steps), func(s plan.Step) bool { return s.Wave > wave })
		steps = slices.DeleteFunc(steps, func(s plan.Step) bool { return s.Wave <= wave })
		done, err := a.wave(ctx, now, steps)
		for i, s := range now {
			if s.Action == plan.PushReferrer {
				pushed = append(pushed, pushedReferrer{Step: s, indexed: done[i].indexed || leavesAlone(p, s)})
			}
		}
		if err != nil {
			return pushed, a.written, err
		}
	}
	last := append(p.Of(plan.UpdateFallback), unplanned(p, pushed)...)
	_, err = a.all(ctx, append(last, p.Of(plan.TagAttachment)...))
	return pushed, a.written, err
}

// attaching carries out attachment steps, and collects what they have written and is still to be read back.
type attaching struct {
	*Promoter
	run     *plan.Execution
	written []*unproven
	linked  memo.Map[string, struct{}]
}

// wave carries out the steps of one wave, and has the blobs of later ones linked meanwhile.
func (a *attaching) wave(ctx context.Context, now, later []plan.Step) (done []attached, err error) {
	var group sync.WaitGroup
	for _, step := range later {
		// Its own wave tells what goes wrong with it.
		group.Go(func() { _ = a.TransferBlobs(ctx, step.Home, step.Target, step.Manifest, a.linkOnce) })
	}
	done, err = a.all(ctx, now)
	group.Wait()
	return done, err
}

// linkOnce links a blob unless this run has done so.
func (a *attaching) linkOnce(ctx context.Context, source, target reference.Image, folder string,
	d ocispec.Descriptor,
) error {
	_, err := a.linked.Get(target.Folder(folder)+" "+d.Digest.String(), func() (struct{}, error) {
		return struct{}{}, a.Link(ctx, source, target, folder, d)
	})
	return err
}

// all carries out steps at once, but those that write to one path in turn. One failure does not cut the others off in
// the middle: they are finished, then the run stops.
func (a *attaching) all(ctx context.Context, steps []plan.Step) ([]attached, error) {
	done := make([]attached, len(steps))
	var group errgroup.Group
	for _, turn := range turnsOf(steps) {
		fresh := make([]bool, len(turn))
		for n, i := range turn {
			fresh[n] = a.run.OutcomeOf(steps[i]) == plan.StepPlanned
		}
		group.Go(func() error { return a.inTurn(ctx, steps, turn, done, fresh) })
	}
	err := group.Wait()
	for i, step := range steps {
		if done[i].unproven != nil {
			a.written = append(a.written, done[i].unproven)
			continue
		}
		take(a.run, step, done[i])
	}
	return done, err
}

// turnsOf groups steps, by their numbers, that write to one path: the records of several places that go to one.
func turnsOf(steps []plan.Step) (turns [][]int) {
	at := map[string]int{}
	for i, step := range steps {
		turn, known := at[step.Path]
		if !known {
			turn, at[step.Path] = len(turns), len(turns)
			turns = append(turns, nil)
		}
		turns[turn] = append(turns[turn], i)
	}
	return turns
}

// inTurn carries out steps one after another. What one of several has written is read back before the next, which
// builds on it.
func (a *attaching) inTurn(ctx context.Context, steps []plan.Step, turn []int, done []attached, fresh []bool) error {
	for n, i := range turn {
		done[i].outcome = plan.StepFailed
		err := a.one(ctx, steps[i], &done[i], fresh[n])
		if u := done[i].unproven; err == nil && u != nil && len(turn) > 1 {
			done[i].unproven = nil
			if err = u.settle(ctx); err == nil {
				err = a.conclude(ctx, u, &done[i])
			}
		}
		if err != nil {
			return err
		}
		done[i].outcome = plan.StepDone
	}
	return nil
}

// one carries out one step. One that is not fresh was tried before: a folder that was copied must not be copied again,
// since it would nest.
func (a *attaching) one(ctx context.Context, step plan.Step, done *attached, fresh bool) (err error) {
	p := a.run.Plan
	switch step.Action {
	case plan.PushReferrer:
		done.indexed, err = a.pushReferrer(ctx, p, step, a.linkOnce)
		return err
	case plan.UpdateFallback:
		f := &fallbackTag{Promoter: a.Promoter, plan: p, step: step}
		if err = f.bring(ctx); err == nil {
			done.unproven = &unproven{step: step, settle: f.settle, left: func() manifest.Manifest { return f.left }}
		}
		return err
	case plan.TagAttachment:
		warning, err := a.tag(ctx, step)
		done.warn(warning)
		return err
	default:
		return a.record(ctx, step, done, fresh)
	}
}

// record brings the record behind a suffix tag.
func (a *attaching) record(ctx context.Context, step plan.Step, done *attached, fresh bool) (err error) {
	s := a.settling(a.run.Plan, step)
	switch err := s.bring(ctx, fresh); {
	case err != nil:
		return err
	case s.copied && s.unclear:
		// A list of the image does not show what is in folders inside.
		done.unproven = &unproven{step: step, settle: s.settle, record: s}
		return nil
	case s.copied:
		done.unproven = &unproven{
			step: step, tag: s.tag, settle: s.settle, record: s,
			left: func() manifest.Manifest { return s.left },
		}
		return nil
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	done.left = s.left
	warning, err := a.rename(ctx, step)
	done.warn(s.warning, warning)
	return err
}

// warn adds to the warnings what is not empty.
func (a *attached) warn(texts ...string) {
	a.warnings = append(a.warnings, slices.DeleteFunc(texts, func(text string) bool { return text == "" })...)
}

// take notes what became of a step.
func take(run *plan.Execution, step plan.Step, a attached) {
	if step.Digest == "" {
		// A fallback tag that was not planned: what it holds is known once it was read back.
		step.Digest = a.left.Digest
	}
	if step.Digest != "" {
		run.Record(step, a.outcome)
	}
	run.Leave(step.Path, a.left)
	run.Warn(a.warnings...)
}

// pushedReferrer is a referrer that was written.
type pushedReferrer struct {
	plan.Step
	indexed bool
}

// leavesAlone reports that no fallback tag may be written for a referrer: then the referrers API has to list it,
// whatever the registry answered.
func leavesAlone(p *plan.Plan, s plan.Step) bool {
	return slices.Contains(p.LeftAlone, s.Target.Folder(reference.FallbackTag(s.Subject)))
}

// unplanned returns the fallback tags that turned out to be needed: the registry did not take note of a subject.
func unplanned(p *plan.Plan, pushed []pushedReferrer) []plan.Step {
	planned := p.Of(plan.UpdateFallback)
	var steps []plan.Step
	for _, r := range pushed {
		path := r.Target.Folder(reference.FallbackTag(r.Subject))
		known := func(s plan.Step) bool { return s.Path == path }
		if r.indexed || slices.ContainsFunc(planned, known) || slices.ContainsFunc(steps, known) {
			continue
		}
		steps = append(steps, plan.Step{
			Action: plan.UpdateFallback, Path: path, Subject: r.Subject, Home: r.Home,
			Target: r.Target,
		})
	}
	return steps
}

// readLists reads back, for each subject, the list of the referrers that the registry said to have taken note of, and,
// where it has a referrers API at all, also of those of which it said nothing: its clients do not look at the fallback
// tag.
func (e *Promoter) readLists(ctx context.Context, p *plan.Plan, pushed []pushedReferrer) error {
	type place struct {
		target  reference.Image
		subject digest.Digest
	}
	expected := map[place][]pushedReferrer{}
	for _, r := range pushed {
		if r.indexed || p.ListsReferrers() && r.Manifest.Content.Subject != nil {
			at := place{r.Target, r.Subject}
			expected[at] = append(expected[at], r)
		}
	}
	calls := make([]func() error, 0, len(expected))
	for at, referrers := range expected {
		calls = append(calls, func() error {
			digests := make([]digest.Digest, 0, len(referrers))
			for _, r := range referrers {
				digests = append(digests, r.Digest)
			}
			supported, err := e.listed(ctx, at.target, at.subject, digests)
			if err != nil || supported {
				return err
			}
			return e.listInFallback(ctx, p, referrers)
		})
	}
	return parallel.All(calls...)
}

// listInFallback lists referrers in the fallback tag of a target that turns out to have no referrers API, though the
// source has one.
func (e *Promoter) listInFallback(ctx context.Context, p *plan.Plan, referrers []pushedReferrer) error {
	for i := range referrers {
		referrers[i].indexed = false
	}
	for _, step := range unplanned(p, referrers) {
		f := &fallbackTag{Promoter: e, plan: p, step: step}
		if err := f.bring(ctx); err != nil {
			return err
		}
		if err := f.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// rename corrects the property that a copy carries over with the name of the source image.
func (e *Promoter) rename(ctx context.Context, step plan.Step) (warning string, err error) {
	if step.Home.Path == step.Target.Path || step.Action != plan.CopyAttachment {
		return "", nil
	}
	file := step.Path + "/" + step.Manifest.FileName()
	warning, err = e.Annotate(context.WithoutCancel(ctx), file, map[string][]string{"docker.repoName": {step.Target.Path}})
	if warning != "" {
		warning = fmt.Sprintf("searches by the property docker.repoName find %s under %s still, since it could not be corrected: %s", step.Path, step.Home.Path, warning)
	}
	return warning, err
}
