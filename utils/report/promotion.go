package report

import (
	"errors"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Promotion turns what became of a run into its result. err is an error that no single image can be blamed for.
func Promotion(command string, dryRun bool, s *promotion.Summary, err error) *Result {
	r := &Result{Command: command, DryRun: dryRun, Images: []Image{}, Error: errorOf(err)}
	if s != nil {
		r.Remaining = s.Remaining
		for _, one := range s.Results {
			r.add(image(one))
		}
	}
	r.Status = r.status(err)
	return r
}

// OfBuild says that the images are those of a build. A build without images is not nothing: the server was asked to
// promote it.
func (r *Result) OfBuild(b *Build) *Result {
	r.Build = b
	if b != nil && r.Status == NothingToDo {
		r.Status = Success
	}
	return r
}

func (r *Result) add(i Image) {
	r.Images = append(r.Images, i)
	if i.Error == nil {
		r.Totals.Success++
		return
	}
	r.Totals.Failure++
}

func (r *Result) status(err error) Status {
	switch {
	case failure.IsRefusal(err) && len(r.Images) == 0:
		return RefusedRun
	case err != nil, r.Totals.Failure > r.count(string(promotion.Refused)):
		return Failure
	case r.Totals.Failure > 0 && r.Totals.Success == 0:
		return RefusedRun
	case r.Totals.Failure > 0:
		return Failure
	case r.count(string(promotion.AlreadyThere)) == len(r.Images):
		return NothingToDo
	default:
		return Success
	}
}

func (r *Result) count(outcome string) int {
	n := 0
	for _, i := range r.Images {
		if i.Outcome == outcome {
			n++
		}
	}
	return n
}

func image(one *promotion.Result) Image {
	i := Image{
		Source:      location(one.Request.Source),
		Target:      location(one.Request.Target),
		Mode:        "copy",
		Outcome:     string(one.Outcome),
		Steps:       make([]Step, 0, len(one.Steps)),
		Attachments: []Attachment{},
		Warnings:    append([]string{}, one.Warnings...),
		Error:       errorOf(one.Err),
	}
	if one.Request.Move {
		i.Mode = "move"
	}
	i.Stays = stays(one.Stays)
	i.Warnings = append(i.Warnings, staying(one.Stays)...)
	for _, s := range one.Steps {
		i.Steps = append(i.Steps, Step{
			Action: string(s.Action), Path: s.Path, Digest: s.Digest.String(),
			Outcome: string(s.Outcome),
		})
	}
	if one.Verified != (promotion.Verified{}) {
		i.Verification = &Verifications{Source: verification(one.Verified.Source), Target: verification(one.Verified.Target)}
	}
	if one.Plan != nil {
		i.Replaces = one.Plan.Replaces.String()
		i.Attachments = attachments(one, i.Steps)
	}
	return i
}

func location(r reference.Reference) Location {
	return Location{Repo: r.Repo, Image: r.Path, Tag: r.Tag, Digest: r.Digest.String()}
}

func attachments(one *promotion.Result, steps []Step) []Attachment {
	all := make([]Attachment, 0, len(one.Plan.Items))
	for _, item := range one.Plan.Items {
		a := attached(item.Attachment)
		a.Action = string(item.Transfer)
		a.Outcome = outcomeOf(item, steps)
		all = append(all, a)
	}
	return all
}

// outcomeOf finds the step that carries an attachment; one without a step is at the target already, or stays behind
// there.
func outcomeOf(item plan.Item, steps []Step) string {
	switch {
	case item.Refused:
		return outcomeRefused
	case item.Transfer == plan.TransferKeep:
		return outcomeKept
	}
	for _, s := range steps {
		if item.Transfer != plan.TransferNone && s.Path == item.Path {
			return s.Outcome
		}
	}
	return outcomeThere
}

func errorOf(err error) *Error {
	if err == nil {
		return nil
	}
	e := &Error{Message: err.Error()}
	var f *failure.Failure
	if errors.As(err, &f) {
		e.Side, e.Hint = string(f.Side), f.Hint
	}
	return e
}
