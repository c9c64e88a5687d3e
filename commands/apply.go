package commands

import (
	"context"
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-client-go/utils/log"
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/planfile"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// applyUsage is the usage line, followed by what the framework's help has no place for.
const applyUsage = `apply [command options] <plan file>

Description:
	Carries out a plan that --plan-file wrote: exactly that, and nothing else. If anything that the plan names has
	changed since, at the source or at the target, it is refused and nothing is changed.
	Running it again after an interruption completes it.

Examples:
	# Plan, read, agree, and carry out
	jf signed-promote promote team/app:1.2.3 docker-dev-local docker-prod-local --copy --plan-file plan.json
	jf signed-promote apply plan.json

	# Another user, or a later stage of a pipeline, makes sure that it is the plan that was agreed to
	jf signed-promote apply plan.json --plan-sha256 "$PLAN_SHA256"

Exit codes:
	0  done, or already so
	1  failed, or only a part was done
	2  nothing was to be done, with --fail-no-op
	4  refused, nothing was changed: the plan does not fit any more, or is another one`

// applyCommand declares apply.
func applyCommand() command {
	return command{Command: components.Command{
		Name:        "apply",
		Description: "Carry out a plan that --plan-file wrote, if nothing has changed since.",
		Arguments: []components.Argument{
			{Name: "<plan file>", Description: "The file that --plan-file wrote."},
		},
		EnvVars: append(option.Environment(), option.FailNoOpVariable(), option.SummaryEnvironment()),
	}, usage: applyUsage, options: func() options { return new(applyOptions) }}
}

// applyOptions are the options and the argument of apply. How to promote stands in the plan; who must have signed does
// not.
type applyOptions struct {
	option.PlanSum
	option.Policy
	option.Preview
	option.Output
	option.NoOp
	option.Requests
	option.Server
	invocation

	// file is the path of the plan.
	file string
}

func (o *applyOptions) dryRun() bool { return o.DryRun }

// parseArguments reads it. That there is just one has been checked by package arguments.
func (o *applyOptions) parseArguments(c *components.Context) error {
	o.file = c.GetArgumentAt(0)
	return nil
}

// run carries out a plan: first it looks whether all of it fits still, then each image is compared once more
// directly before it is promoted.
func (o *applyOptions) run(ctx context.Context, server *jfrog.Server) error {
	file, err := planfile.Read(o.file, o.PlanSHA256)
	if err != nil {
		return unreadablePlan(err)
	}
	requests, err := file.Requests()
	if err != nil {
		return err
	}
	how := opening{Requests: o.Requests, Policy: o.Policy, prefix: prefixIn(requests), readOnly: o.dryRun()}
	return o.withSession(ctx, server, how, func(s *session) error {
		if s.address != file.Server {
			log.Warn("The plan was made for " + file.Server + " and is carried out at " + s.address)
		}
		e := ending{
			command: "apply", session: s, invocation: o.invocation, Output: o.Output,
			NoOp: o.NoOp,
		}
		if file.Build != nil {
			summary, promoted, err := o.applyBuild(ctx, s, file, requests)
			e.build = buildResult(nameOf(file.Build), promotionOf(file.Build), outcomeOfBuild(o.DryRun, promoted))
			return e.conclude(summary, err)
		}
		summary, err := o.apply(ctx, s.engine, file, requests)
		return e.conclude(summary, err)
	})
}

// apply looks at everything before the first change. A plan for one image needs no look of its own, since its promotion
// begins with the same.
func (o *applyOptions) apply(ctx context.Context, engine *promotion.Promoter, file *planfile.File,
	requests []plan.Request,
) (*promotion.Summary, error) {
	checker := planfile.NewChecker(file)
	batch := promotion.BatchOptions{Threads: o.Threads, InOrder: true}
	watched := batch
	watched.Outlined, watched.Done = true, o.progress(len(requests))
	if len(requests) != 1 || o.DryRun {
		looking := *engine
		looking.DryRun = true
		planned := looking.Batch(ctx, requests, batch)
		interrupted := isOver(ctx)
		if !interrupted {
			if err := checker.Check(planned.Results); err != nil {
				return nil, err
			}
		}
		if o.DryRun || interrupted {
			return planned, nil
		}
	}
	engine.Approve = checker.Approve
	done := engine.Batch(ctx, requests, watched)
	if len(requests) == 1 && done.Results[0].Plan == nil {
		// What is not even there to be looked at has changed, too.
		return nil, checker.Check(done.Results)
	}
	return done, nil
}

// prefixIn returns the prefix of cosign's tags that a plan was made with; all of its images have the same.
func prefixIn(requests []plan.Request) string {
	if len(requests) == 0 {
		return ""
	}
	return requests[0].Prefix
}

// unreadablePlan makes a refusal of the wrong file end as one.
func unreadablePlan(err error) error {
	var f *failure.Failure
	if !errors.As(err, &f) || !f.Refused {
		return err
	}
	return ended(outcomeRefused, errors.New(f.Message+".\n  "+f.Hint))
}

// isOver reports that the run is to end.
func isOver(ctx context.Context) bool { return ctx.Err() != nil }

// applyBuild promotes the build of a plan: the one that was published then, with the images as they were then.
func (o *applyOptions) applyBuild(ctx context.Context, s *session, file *planfile.File,
	requests []plan.Request,
) (*promotion.Summary, bool, error) {
	name, how := nameOf(file.Build), promotionOf(file.Build)
	if err := s.sameBuild(ctx, file.Build); err != nil {
		return nil, false, err
	}
	work := promotion.Build{
		Images: requests, Recorded: map[digest.Digest]bool{}, Agree: agree(planfile.NewChecker(file)), Threads: o.Threads,
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
