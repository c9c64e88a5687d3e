// Package repair brings back what images of a repository lost, from the places where an audit found it.
package repair

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Promoter promotes images, see promotion.Promoter.
type Promoter interface {
	// Within returns what promotes tags of an image to themselves, with what narrow leaves of the graph that the image
	// and the places show.
	Within(image reference.Image, places []plan.Mapping,
		narrow func(context.Context, *attachment.Graph) error) func(context.Context, plan.Request) *promotion.Result
	// List makes the image list what it holds already.
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

// round works on all jobs. progress reports that something was brought, so that there may be more to bring.
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

func byImageAndFolder(a, b Candidate) int {
	return cmp.Or(
		cmp.Compare(a.For.Path, b.For.Path), cmp.Compare(a.For.Tag, b.For.Tag), cmp.Compare(a.Folder(), b.Folder()),
		cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Storage, b.Storage),
	)
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
