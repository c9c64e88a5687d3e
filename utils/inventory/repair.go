package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Promoter brings images to targets, see promotion.Engine.
type Promoter interface {
	Open(ctx context.Context, source, target reference.Image, others ...plan.Mapping) (*promotion.Pair, error)
	Promote(ctx context.Context, open func() (*promotion.Pair, error), r plan.Request) *promotion.Result
}

// Pusher writes a manifest through the registry, which then takes note of its subject.
type Pusher interface {
	PutManifest(ctx context.Context, image reference.Image, ref string, m manifest.Manifest) (indexed bool, err error)
}

// Repairer brings back what an audit calls left behind. All fields are needed.
type Repairer struct {
	Server
	Promoter Promoter
	Pusher   Pusher
	// OnConflict is what to do where both sides have other content under one suffix tag.
	OnConflict plan.Conflict
	// DryRun only tells what would be done.
	DryRun bool
}

// Repair is what became of a repository.
type Repair struct {
	// Results are those of the images that lacked something, one for each digest.
	Results []*promotion.Result
	// After is the audit of what was touched; in a dry run, and when nothing was, the one from before.
	After *Audit
	// SignAgain are the images that no copy of a signature is left of.
	SignAgain []Image
}

// Repair audits, brings back what other repositories still have, and audits what it touched. Each image is promoted from itself to
// itself, with the places where its attachments were found as further ones: so all that a promotion guarantees holds, and an
// interrupted run is completed by another one. One image that fails does not stop the rest. The error is one of an audit.
func (r Repairer) Repair(ctx context.Context, request Request) (*Repair, error) {
	before, err := r.Audit(ctx, request)
	if err != nil {
		return nil, err
	}
	jobs := jobsOf(before)
	r.begin("repairing", len(jobs))
	result := &Repair{After: before}
	var mu sync.Mutex
	err = each(ctx, r.Parallel, jobs, func(ctx context.Context, j job) error {
		defer r.done()
		results := r.job(ctx, j)
		mu.Lock()
		defer mu.Unlock()
		result.Results = append(result.Results, results...)
		return ctx.Err()
	})
	slices.SortFunc(result.Results, bySource)
	result.SignAgain = unsignedForGood(before)
	if err != nil || r.DryRun || len(jobs) == 0 {
		return result, err
	}
	request.Only = touched(jobs)
	result.After, err = r.Audit(ctx, request)
	if err == nil {
		result.SignAgain = append(slices.DeleteFunc(result.SignAgain, func(i Image) bool { return slices.Contains(request.Only, i.Path) }), unsignedForGood(result.After)...)
		slices.SortFunc(result.SignAgain, byPathAndTag)
	}
	return result, err
}

// job is what one image path lacks: it is worked on as a whole, since its tags share attachments.
type job struct {
	image  reference.Image
	tags   []Image
	places []plan.Mapping
}

func jobsOf(a *Audit) []job {
	var jobs []job
	for _, i := range a.Images {
		if !i.repairable() {
			continue
		}
		if len(jobs) == 0 || jobs[len(jobs)-1].image != i.Image {
			jobs = append(jobs, job{image: i.Image})
		}
		jobs[len(jobs)-1].add(i)
	}
	return jobs
}

// repairable tells whether another repository has what the image lacks, or the registry only has to list it.
func (i Image) repairable() bool {
	return len(i.FoundIn) > 0 || slices.ContainsFunc(i.Findings, func(f Finding) bool { return f.Unlisted })
}

func (j *job) add(i Image) {
	if slices.ContainsFunc(j.tags, func(t Image) bool { return t.Digest == i.Digest }) {
		return
	}
	j.tags = append(j.tags, i)
	for _, place := range i.FoundIn {
		if m := (plan.Mapping{From: place, To: j.image}); !slices.Contains(j.places, m) {
			j.places = append(j.places, m)
		}
	}
}

func (r Repairer) job(ctx context.Context, j job) []*promotion.Result {
	open := sync.OnceValues(func() (*promotion.Pair, error) { return r.Promoter.Open(ctx, j.image, j.image, j.places...) })
	results := make([]*promotion.Result, 0, len(j.tags))
	for _, tag := range j.tags {
		at := reference.Reference{Image: j.image, Tag: tag.Tag}
		request := plan.Request{Source: at, Target: at, AllowUnsigned: true, OnConflict: r.OnConflict, Places: j.places}
		listed := r.relist(ctx, tag, request)
		if len(tag.FoundIn) == 0 || listed != nil && listed.Err != nil {
			results = append(results, listed)
			continue
		}
		result := r.Promoter.Promote(ctx, open, request)
		if listed != nil {
			result.Steps = append(listed.Steps, result.Steps...)
		}
		results = append(results, result)
	}
	return results
}

// relist pushes those attachments once more that no list of the registry names; nil if there are none.
func (r Repairer) relist(ctx context.Context, tag Image, request plan.Request) *promotion.Result {
	var result *promotion.Result
	for _, f := range tag.Findings {
		if !f.Unlisted {
			continue
		}
		if result == nil {
			request.Source.Digest, request.Target.Digest = tag.Digest, tag.Digest
			result = &promotion.Result{Request: request, Outcome: promotion.Promoted}
		}
		step := promotion.StepResult{
			Step:    plan.Step{Action: plan.PushReferrer, Path: tag.Folder(f.Name), Digest: digest.Digest(f.Name), Subject: f.Subject},
			Outcome: promotion.StepDone,
		}
		if r.DryRun {
			result.Outcome, step.Outcome = promotion.Planned, promotion.StepPlanned
		} else if err := r.push(ctx, tag.Image, f); err != nil {
			result.Outcome, step.Outcome = promotion.Failed, promotion.StepFailed
			result.Err = errors.Join(result.Err, err)
		}
		result.Steps = append(result.Steps, step)
	}
	return result
}

// push writes a manifest as it is to where it is, and looks whether the registry lists it then.
func (r Repairer) push(ctx context.Context, image reference.Image, f Finding) error {
	m, err := r.Reader.Manifest(ctx, image, f.Name)
	if err == nil {
		_, err = r.Pusher.PutManifest(ctx, image, f.Name, m)
	}
	if err != nil {
		return failure.At(failure.Target, err, "listing "+image.Folder(f.Name), "It takes Deploy and Delete on "+image.String()+".")
	}
	entries, _, err := r.Reader.Referrers(ctx, image, f.Subject)
	if err != nil {
		return failure.At(failure.Target, err, "the referrers of "+f.Subject.String(), "")
	}
	for _, e := range entries {
		if e.Digest == m.Digest {
			return nil
		}
	}
	return &failure.Failure{Side: failure.Target, Message: fmt.Sprintf("%s was pushed, and the registry lists it nowhere", image.Folder(f.Name))}
}

func touched(jobs []job) []string {
	paths := make([]string, 0, len(jobs))
	for _, j := range jobs {
		paths = append(paths, j.image.Path)
	}
	return paths
}

// unsignedForGood gives the images of which no copy of a signature exists anywhere that was looked at.
func unsignedForGood(a *Audit) []Image {
	var all []Image
	for _, i := range a.Images {
		root := slices.ContainsFunc(i.Findings, func(f Finding) bool { return f.Problem == NotSigned })
		if root && i.State != Lost && i.State != Unknown && !slices.ContainsFunc(i.Findings, func(f Finding) bool { return f.Unlisted }) {
			all = append(all, i)
		}
	}
	return all
}

func bySource(a, b *promotion.Result) int {
	return cmp.Or(cmp.Compare(a.Request.Source.Path, b.Request.Source.Path), cmp.Compare(a.Request.Source.Tag, b.Request.Source.Tag))
}
