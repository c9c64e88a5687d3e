package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-client-go/utils/log"
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/build"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
)

// runBuildPromote promotes a build with what is attached to its images.
func runBuildPromote(ctx context.Context, o buildPromoteOptions, server *jfrog.Server) error {
	s, err := newSession(server, o.invocation, o.transferOptions, o.dryRun || o.planning())
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	if err := o.guard(ctx, s, server, o.tagPrefix); err != nil {
		return err
	}
	e := ending{
		command: "build-promote", session: s, invocation: o.invocation, outputOptions: o.outputOptions,
		planOption: o.planOption,
	}
	found, err := s.findBuild(ctx, o.build, o.promotion)
	if err != nil {
		e.build = buildResult(o.build, o.promotion, outcomeOfBuild(s.engine.DryRun, false))
		return e.conclude(nil, err)
	}
	work := o.work(found)
	work.Send = func(ctx context.Context) error { return s.rest.PromoteBuild(ctx, o.build, o.promotion) }
	summary, promoted, err := s.engine.PromoteBuild(ctx, work)
	e.build, e.planned = buildResult(o.build, o.promotion, outcomeOfBuild(s.engine.DryRun,
		promoted)), found.planned(o.build, o.promotion)
	found.warn(summary)
	return e.conclude(summary, err)
}

// work says what is to become of the images.
func (o *buildPromoteOptions) work(found *builtImages) promotion.Build {
	work := promotion.Build{Recorded: found.recorded, Threads: o.threads}
	for _, i := range found.images {
		work.Images = append(work.Images, plan.Request{
			Source: i.Source, Target: i.Target, Move: !o.promotion.Copy,
			AllowUnsigned: o.allowUnsigned, NoOverwrite: o.noOverwrite, OnConflict: o.onConflict, Prefix: o.tagPrefix, Places: o.places,
		})
		work.Expected = append(work.Expected, i.Digest)
	}
	return work
}

// builtImages is what was found of a build.
type builtImages struct {
	images   []build.Image
	found    []build.Found
	recorded map[digest.Digest]bool
	// modules is the checksum of the build-info's modules.
	modules string
}

// warn tells of manifests that the server takes and that no image leads to, so that nothing is known of what is
// attached to them.
func (b *builtImages) warn(summary *promotion.Summary) {
	if summary == nil {
		return
	}
	reached := map[digest.Digest]bool{}
	for _, r := range summary.Results {
		if r.Plan == nil {
			return
		}
		for d := range r.Plan.Graph.Nodes {
			reached[d] = true
		}
	}
	for _, f := range b.found {
		if !f.IsImage() && !reached[f.Digest] {
			log.Warn(fmt.Sprintf("%s of %s is part of the build and of none of its images: what is attached to it stays",
				f.Digest, f.Place.Image))
		}
	}
}

// noBuild explains a build that is not there.
func noBuild(err error, name string) error {
	if errors.Is(err, failure.ErrNotFound) {
		return &failure.Failure{
			Side: failure.Source, Message: "there is no build " + name, Absent: true,
			Hint: "Check name and number, --project, and that you may read it: a server can hide what you may not.",
		}
	}
	return failure.At(failure.Source, err, "reading the build "+name, "")
}

func outcomeOfBuild(dryRun, promoted bool) string {
	switch {
	case promoted:
		return string(promotion.Promoted)
	case dryRun:
		return string(promotion.Planned)
	default:
		return string(promotion.Failed)
	}
}

func buildResult(b buildName, p buildPromotion, outcome string) *report.Build {
	return &report.Build{Name: b.Name, Number: b.Number, Project: b.Project, Status: p.Status, Outcome: outcome}
}
