package commands

import (
	"context"
	"errors"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/planfile"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// runApply carries out a plan: first it looks whether all of it fits still, then each image is compared once more
// directly before it is promoted.
func runApply(ctx context.Context, o applyOptions, server *jfrog.Server) error {
	file, err := planfile.Read(o.file, o.planSHA256)
	if err != nil {
		return unreadablePlan(err)
	}
	requests, err := file.Requests()
	if err != nil {
		return err
	}
	s, err := newSession(server, o.invocation, o.transferOptions, o.dryRun)
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	if err := o.guard(ctx, s, server, prefixIn(requests)); err != nil {
		return err
	}
	if s.address != file.Server {
		log.Warn("The plan was made for " + file.Server + " and is carried out at " + s.address)
	}
	e := ending{
		command: "apply", session: s, invocation: o.invocation, outputOptions: o.outputOptions,
		failNoOpOption: o.failNoOpOption,
	}
	if file.Build != nil {
		summary, promoted, err := o.applyBuild(ctx, s, file, requests)
		e.build = buildResult(nameOf(file.Build), promotionOf(file.Build), outcomeOfBuild(o.dryRun, promoted))
		return e.conclude(summary, err)
	}
	summary, err := o.apply(ctx, s.engine, file, requests)
	return e.conclude(summary, err)
}

// apply looks at everything before the first change. A plan for one image needs no look of its own, since its promotion
// begins with the same.
func (o *applyOptions) apply(ctx context.Context, engine *promotion.Engine, file *planfile.File,
	requests []plan.Request,
) (*promotion.Summary, error) {
	checker := planfile.NewChecker(file)
	batch := promotion.BatchOptions{Threads: o.threads, InOrder: true}
	watched := batch
	watched.Outlined, watched.Done = true, o.progress(len(requests))
	if len(requests) != 1 || o.dryRun {
		looking := *engine
		looking.DryRun = true
		planned := looking.Batch(ctx, requests, batch)
		interrupted := isOver(ctx)
		if !interrupted {
			if err := checker.Check(planned.Results); err != nil {
				return nil, err
			}
		}
		if o.dryRun || interrupted {
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
