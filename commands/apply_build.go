package commands

import (
	"context"
	"errors"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/planfile"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// applyBuild promotes the build of a plan: the one that was published then, with the images as they were then.
func (o *applyOptions) applyBuild(ctx context.Context, s *session, file *planfile.File,
	requests []plan.Request,
) (*promotion.Summary, bool, error) {
	name, how := nameOf(file.Build), promotionOf(file.Build)
	if err := s.sameBuild(ctx, file.Build); err != nil {
		return nil, false, err
	}
	work := promotion.Build{
		Images: requests, Recorded: map[digest.Digest]bool{}, Agree: agree(planfile.NewChecker(file)), Threads: o.threads,
		Send: func(ctx context.Context) error { return s.rest.PromoteBuild(ctx, name, how) },
	}
	for _, d := range file.Build.Recorded {
		work.Recorded[d] = true
	}
	for _, i := range file.Images {
		work.Expected = append(work.Expected, i.Source.Digest)
	}
	return s.engine.PromoteBuild(ctx, work)
}

// agree compares all images before it makes the plan of any binding.
func agree(checker *planfile.Checker) func([]*promotion.Result) error {
	return func(results []*promotion.Result) error {
		err := checker.Check(results)
		for _, r := range results {
			if err == nil {
				err = checker.Approve(r)
			}
		}
		return err
	}
}

// sameBuild refuses a build that was published again, or deleted, since the plan was made.
func (s *session) sameBuild(ctx context.Context, b *planfile.Build) error {
	info, err := s.rest.BuildInfo(ctx, nameOf(b))
	if err != nil && !errors.Is(err, failure.ErrNotFound) {
		return noBuild(err, nameOf(b).String())
	}
	if err == nil && modulesSum(info) == b.ModulesSHA256 {
		return nil
	}
	return failure.Refuse(failure.Source, "Make a new plan.",
		"the build %s is not the one that the plan is about: it was published again, or deleted", nameOf(b))
}

func nameOf(b *planfile.Build) buildName {
	return buildName{Name: b.Name, Number: b.Number, Project: b.Project}
}

func promotionOf(b *planfile.Build) buildPromotion {
	return buildPromotion{
		Status: b.Status, Comment: b.Comment, SourceRepo: b.SourceRepo, TargetRepo: b.TargetRepo, Copy: b.Copy,
		IncludeDependencies: b.IncludeDependencies, FailFast: b.FailFast, Properties: b.Properties,
	}
}
