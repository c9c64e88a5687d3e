package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plain"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// runPromote promotes the tag that was named, or every tag of the image.
func runPromote(ctx context.Context, o promoteOptions, server *jfrog.Server) error {
	request, err := o.request()
	if err != nil {
		return err
	}
	s, err := newSession(server, o.invocation, o.transferOptions, o.dryRun || o.planning())
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	if err := o.guard(ctx, s, server, o.tagPrefix); err != nil {
		return err
	}
	summary, err := s.engine.Run(ctx, request, o.inOrder(o.threads))
	return ending{
		command: "promote", session: s, invocation: o.invocation, outputOptions: o.outputOptions, planOption: o.planOption, failNoOpOption: o.failNoOpOption,
	}.conclude(summary, err)
}

// request checks the names and says what is to be promoted where to.
func (o *promoteOptions) request() (plan.Request, error) {
	targetImage := o.targetImage
	if targetImage == "" {
		targetImage = o.image
	}
	targetTag := o.targetTag
	if targetTag == "" {
		targetTag = o.tag
	}
	r := plan.Request{
		Source:        reference.Reference{Image: reference.Image{Repo: o.sourceRepo, Path: o.image}, Tag: o.tag},
		Target:        reference.Reference{Image: reference.Image{Repo: o.targetRepo, Path: targetImage}, Tag: targetTag},
		Move:          !o.copyImage,
		AllowUnsigned: o.allowUnsigned,
		NoOverwrite:   o.noOverwrite,
		Pin:           o.pin,
		OnConflict:    o.onConflict,
		Prefix:        o.tagPrefix,
		Places:        o.places,
	}
	return r, errors.Join(named("source", r.Source), named("target", r.Target), distinct(r))
}

// named checks the spelling of one side.
func named(side string, r reference.Reference) error {
	checks := []error{reference.CheckRepo(r.Repo), reference.CheckPath(r.Path)}
	if r.Tag != "" {
		checks = append(checks, reference.CheckTag(r.Tag))
	}
	for _, err := range checks {
		if err != nil {
			return fmt.Errorf("%s: %w", side, err)
		}
	}
	return nil
}

func distinct(r plan.Request) error {
	if r.Source == r.Target {
		return fmt.Errorf("source and target are both %s: name another repository, --target-docker-image or --target-tag",
			r.Source)
	}
	return nil
}

// endOfPromotion tells on stderr what the table may not have room for, and chooses the exit code.
func endOfPromotion(r *report.Result, failNoOp bool) error {
	warn(r)
	return endAs(r.Status, causeOf(r), failNoOp)
}

// endAs chooses the exit code for the status of a run that changes something.
func endAs(status report.Status, cause error, failNoOp bool) error {
	switch {
	case status == report.NothingToDo && failNoOp:
		return ended(outcomeNothingDone, nil)
	case status == report.RefusedRun:
		return ended(outcomeRefused, cause)
	case status == report.Failure:
		return ended(outcomeFailed, cause)
	default:
		return nil
	}
}

// shownWarnings bounds what is told of many images; the JSON has all.
const shownWarnings = 20

func warn(r *report.Result) {
	var all []string
	for _, i := range r.Images {
		all = append(all, i.Warnings...)
	}
	for _, w := range all[:min(len(all), shownWarnings)] {
		log.Warn(onStderr(plain.Line(w)))
	}
	if more := len(all) - shownWarnings; more > 0 {
		log.Warn(fmt.Sprintf("and %d more warnings, which --format json shows", more))
	}
}

// shownErrors bounds how many errors are told of; the table names every image that failed.
const shownErrors = 50

// causeOf joins the messages of what failed; nil if nothing did.
func causeOf(r *report.Result) error {
	var all []error
	if r.Error != nil {
		all = append(all, errors.New(withHint(r.Error)))
	}
	for _, i := range r.Images {
		if i.Error != nil {
			all = append(all, errors.New(withHint(i.Error)))
		}
	}
	if more := len(all) - shownErrors; more > 0 {
		all = append(all[:shownErrors], fmt.Errorf("and %d more errors, which --format json shows", more))
	}
	return errors.Join(all...)
}
