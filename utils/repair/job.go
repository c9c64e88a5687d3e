package repair

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// job is what one image path lacks: it is worked on as a whole, since its tags share attachments.
type job struct {
	image  reference.Image
	tags   []audit.Image
	places []plan.Mapping
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

// tagged returns the tag of the job that has a digest.
func (j *job) tagged(d digest.Digest) audit.Image {
	for _, t := range j.tags {
		if t.Digest == d {
			return t
		}
	}
	return audit.Image{}
}

func (r Repairer) job(ctx context.Context, j job, marks *inventory.Marks) ([]*promotion.Result, []Candidate) {
	var mu sync.Mutex
	var found []Candidate
	promote := r.Promoter.Within(j.image, j.places, func(ctx context.Context, g *attachment.Graph) error {
		f := &imageFilter{Filter: r.Filter, marks: marks, graph: g, tag: j.tagged(g.Root)}
		f.at = reference.Reference{Image: j.image, Tag: f.tag.Tag, Digest: g.Root}
		err := f.narrow(ctx)
		mu.Lock()
		defer mu.Unlock()
		found = append(found, f.found...)
		return err
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
		result := promote(ctx, request)
		if listed != nil {
			result.Steps = append(listed.Steps, result.Steps...)
		}
		results = append(results, result)
	}
	return results, found
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
