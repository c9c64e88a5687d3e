// Package repair brings back what images of a repository lost, from the places where an audit found it.
package repair

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Promoter brings images to targets, see promotion.Engine.
type Promoter interface {
	Open(ctx context.Context, source, target reference.Image, others ...plan.Mapping) (*promotion.Pair, error)
	Promote(ctx context.Context, open func() (*promotion.Pair, error), r plan.Request) *promotion.Result
	List(ctx context.Context, image reference.Image, subject, d digest.Digest) error
}

// Repairer brings back what an audit calls left behind. All fields are needed.
type Repairer struct {
	audit.Auditor
	Filter
	Promoter Promoter
	// OnConflict is what to do where both sides have other content under one suffix tag.
	OnConflict plan.Conflict
	// DryRun only tells what would be done.
	DryRun bool
}

// Result is what became of a repository.
type Result struct {
	// Results are those of the images that lacked something, one for each digest.
	Results []*promotion.Result
	// After is the audit of what was touched; in a dry run, and when nothing was, the one from before.
	After *audit.Result
	// SignAgain are the images that no copy of a signature is left of.
	SignAgain []audit.Image
	// Candidates are what was found elsewhere, be it brought or not.
	Candidates []Candidate

	marks *inventory.Marks
}

// maxRounds bounds how often a repair looks again: what was brought can have something attached in turn that was not
// seen before.
const maxRounds = 8

// Repair audits, brings back what other repositories still have, and audits what it touched, until nothing is left to
// bring. Each image is promoted from itself to itself, with the places where its attachments were found as further
// ones: so all that a promotion guarantees holds, and an interrupted run is completed by another one. One image that
// fails does not stop the rest. The error is one of an audit.
func (r Repairer) Repair(ctx context.Context, request audit.Request) (*Result, error) {
	request.OwnPaths = true
	before, err := r.Audit(ctx, request)
	if err != nil {
		return nil, err
	}
	result := &Result{After: before, SignAgain: unsignedForGood(before), marks: inventory.NewMarks(r.Properties)}
	for jobs, round := r.jobs(before), 0; len(jobs) > 0 && round < maxRounds; round++ {
		progress, err := r.round(ctx, result, jobs)
		if err != nil || r.DryRun {
			return result, cmp.Or(err, result.After.Incomplete())
		}
		request.Only = touched(request.Only, jobs)
		if result.After, err = r.Audit(ctx, request); err != nil {
			return result, err
		}
		result.SignAgain = append(slices.DeleteFunc(result.SignAgain,
			func(i audit.Image) bool { return slices.Contains(request.Only, i.Path) }), unsignedForGood(result.After)...)
		slices.SortFunc(result.SignAgain, audit.ByPathAndTag)
		if jobs = r.jobs(result.After); !progress {
			break
		}
	}
	return result, result.After.Incomplete()
}

// round works on all jobs. progress tells that something was brought, so that there may be more to bring.
func (r Repairer) round(ctx context.Context, result *Result, jobs []job) (progress bool, err error) {
	r.Begin("repairing", len(jobs))
	var mu sync.Mutex
	err = parallel.Each(ctx, r.Parallel, jobs, func(ctx context.Context, j job) error {
		defer r.Done()
		results, found := r.job(ctx, j, result.marks)
		mu.Lock()
		defer mu.Unlock()
		result.Candidates = append(result.Candidates, found...)
		for _, one := range results {
			progress = progress || one.Outcome == promotion.Promoted
			result.add(one)
		}
		return ctx.Err()
	})
	slices.SortFunc(result.Results, bySource)
	slices.SortFunc(result.Candidates, byImageAndFolder)
	result.Candidates = slices.CompactFunc(result.Candidates,
		func(a, b Candidate) bool { return byImageAndFolder(a, b) == 0 && a.Why == b.Why })
	return progress, err
}

// add takes over the result of an image, joined with that of an earlier round.
func (r *Result) add(one *promotion.Result) {
	at := slices.IndexFunc(r.Results, func(old *promotion.Result) bool { return bySource(old, one) == 0 })
	if at < 0 {
		r.Results = append(r.Results, one)
		return
	}
	old := r.Results[at]
	if one.Outcome == promotion.AlreadyThere {
		return
	}
	old.Steps, old.Warnings = append(old.Steps, one.Steps...), append(old.Warnings, one.Warnings...)
	old.Outcome, old.Err, old.Verified = one.Outcome, one.Err, one.Verified
	if old.Plan != nil && one.Plan != nil {
		old.Plan.Items = append(old.Plan.Items, one.Plan.Items...)
	} else if old.Plan == nil {
		old.Plan = one.Plan
	}
}

// job is what one image path lacks: it is worked on as a whole, since its tags share attachments.
type job struct {
	image  reference.Image
	tags   []audit.Image
	places []plan.Mapping
}

func (r Repairer) jobs(a *audit.Result) []job {
	var jobs []job
	for _, i := range a.Images {
		if !r.repairable(i) && i.State != audit.Unknown {
			continue
		}
		if len(jobs) == 0 || jobs[len(jobs)-1].image != i.Image {
			jobs = append(jobs, job{image: i.Image})
		}
		jobs[len(jobs)-1].add(i)
	}
	return jobs
}

// repairable reports whether there is something elsewhere that the image lacks and may have, or the registry only has
// to list it.
func (r Repairer) repairable(i audit.Image) bool {
	return slices.ContainsFunc(i.Findings, func(f audit.Finding) bool { return f.Unlisted || r.wanted(f) })
}

func (j *job) add(i audit.Image) {
	if slices.ContainsFunc(j.tags, func(t audit.Image) bool { return t.Digest == i.Digest }) {
		return
	}
	j.tags = append(j.tags, i)
	for _, place := range i.FoundIn {
		if m := (plan.Mapping{From: place, To: j.image}); !slices.Contains(j.places, m) {
			j.places = append(j.places, m)
		}
	}
}

func (r Repairer) job(ctx context.Context, j job, marks *inventory.Marks) ([]*promotion.Result, []Candidate) {
	var mu sync.Mutex
	var found []Candidate
	open := sync.OnceValues(func() (*promotion.Pair, error) {
		pair, err := r.Promoter.Open(ctx, j.image, j.image, j.places...)
		if err == nil {
			pair.Narrow = func(ctx context.Context, g *attachment.Graph) error {
				b := &imageFilter{Filter: r.Filter, marks: marks, graph: g, tag: j.tagged(g.Root)}
				b.at = reference.Reference{Image: j.image, Tag: b.tag.Tag, Digest: g.Root}
				err := b.narrow(ctx)
				mu.Lock()
				defer mu.Unlock()
				found = append(found, b.found...)
				return err
			}
		}
		return pair, err
	})
	results := make([]*promotion.Result, 0, len(j.tags))
	for _, tag := range j.tags {
		at := reference.Reference{Image: j.image, Tag: tag.Tag}
		request := plan.Request{Source: at, Target: at, AllowUnsigned: true, OnConflict: r.OnConflict, Places: j.places}
		if tag.State == audit.Unknown {
			results = append(results, untold(tag, request))
			continue
		}
		listed := r.relist(ctx, tag, request)
		if len(tag.FoundIn) == 0 || listed != nil && listed.Err != nil {
			if listed != nil {
				results = append(results, listed)
			}
			continue
		}
		result := r.Promoter.Promote(ctx, open, request)
		if listed != nil {
			result.Steps = append(listed.Steps, result.Steps...)
		}
		results = append(results, result)
	}
	return results, found
}

// tagged returns the tag of the job that has a digest.
func (j *job) tagged(d digest.Digest) audit.Image {
	for _, t := range j.tags {
		if t.Digest == d {
			return t
		}
	}
	return audit.Image{}
}

func byImageAndFolder(a, b Candidate) int {
	return cmp.Or(
		cmp.Compare(a.For.Path, b.For.Path), cmp.Compare(a.For.Tag, b.For.Tag), cmp.Compare(a.Folder(), b.Folder()),
		cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Storage, b.Storage),
	)
}

// untold is the result of an image of which it could not be told what it lacks: then nothing is written, since whatever
// was seen may be a part of the truth.
func untold(tag audit.Image, request plan.Request) *promotion.Result {
	request.Source.Digest, request.Target.Digest = tag.Digest, tag.Digest
	why := "it could not be read"
	if i := slices.IndexFunc(tag.Findings, func(f audit.Finding) bool { return f.Problem == audit.Unreadable }); i >= 0 {
		why = tag.Findings[i].Message
	}
	return &promotion.Result{Request: request, Outcome: promotion.Failed, Err: &failure.Failure{
		Side: failure.Target, Message: "it cannot be told what " + tag.Tagged(tag.Tag) + " lacks: " + why, Hint: "Nothing was written for it. Run the command again.",
	}}
}

// relist sees to those attachments that no list of the registry names; nil if there are none.
func (r Repairer) relist(ctx context.Context, tag audit.Image, request plan.Request) *promotion.Result {
	var result *promotion.Result
	for _, f := range tag.Findings {
		if !f.Unlisted || slices.Contains(r.Not, digest.Digest(f.Name)) {
			continue
		}
		if result == nil {
			request.Source.Digest, request.Target.Digest = tag.Digest, tag.Digest
			result = &promotion.Result{Request: request, Outcome: promotion.Promoted}
		}
		step := plan.StepResult{
			Step: plan.Step{
				Action: plan.PushReferrer, Path: tag.Folder(f.Name), Digest: digest.Digest(f.Name),
				Subject: f.Subject,
			},
			Outcome: plan.StepDone,
		}
		if r.DryRun {
			result.Outcome, step.Outcome = promotion.Planned, plan.StepPlanned
		} else if err := r.Promoter.List(ctx, tag.Image, f.Subject, digest.Digest(f.Name)); err != nil {
			result.Outcome, step.Outcome = promotion.Failed, plan.StepFailed
			result.Err = errors.Join(result.Err, err)
		}
		result.Steps = append(result.Steps, step)
	}
	return result
}

// touched returns the image paths of earlier rounds and of these jobs.
func touched(before []string, jobs []job) []string {
	paths := slices.Clone(before)
	for _, j := range jobs {
		if !slices.Contains(paths, j.image.Path) {
			paths = append(paths, j.image.Path)
		}
	}
	return paths
}

// unsignedForGood returns the images of which no copy of a signature exists anywhere that was looked at.
func unsignedForGood(a *audit.Result) []audit.Image {
	var all []audit.Image
	for _, i := range a.Images {
		root := slices.ContainsFunc(i.Findings, func(f audit.Finding) bool { return f.Problem == audit.NotSigned })
		if root && i.State != audit.Lost && i.State != audit.Unknown && !slices.ContainsFunc(i.Findings,
			func(f audit.Finding) bool { return f.Unlisted }) {
			all = append(all, i)
		}
	}
	return all
}

func bySource(a, b *promotion.Result) int {
	return cmp.Or(cmp.Compare(a.Request.Source.Path, b.Request.Source.Path),
		cmp.Compare(a.Request.Source.Tag, b.Request.Source.Tag))
}
