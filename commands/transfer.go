package commands

import (
	"context"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// runTransfer copies or moves every image that was meant.
func runTransfer(ctx context.Context, o transferCommandOptions, server *jfrog.Server) error {
	s, err := newSession(server, o.invocation, o.transferOptions, o.dryRun || o.planning())
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	if err := o.guard(ctx, s, server, o.tagPrefix); err != nil {
		return err
	}
	summary, err := o.transferAll(ctx, s)
	return ending{
		command: o.name, session: s, invocation: o.invocation, outputOptions: o.outputOptions, planOption: o.planOption, failNoOpOption: o.failNoOpOption,
	}.conclude(summary, err)
}

func (o *transferCommandOptions) transferAll(ctx context.Context, s *session) (*promotion.Summary, error) {
	selected, images, err := o.selected(ctx, s)
	if err != nil {
		return nil, err
	}
	distinct, err := selection.Distinct(selected)
	if err != nil {
		return nil, err
	}
	requests := make([]plan.Request, 0, len(distinct))
	for _, one := range distinct {
		requests = append(requests, o.request(one))
	}
	batch := promotion.BatchOptions{
		Threads: o.threads, FailFast: o.failFast, InOrder: o.planning(),
		Outlined: !o.planning(), Done: o.progress(len(requests)),
	}
	if o.move {
		u, err := o.unfinished(ctx, s, images)
		if err != nil {
			return nil, err
		}
		batch.Begun, batch.Origin = u.requests, u.origin
	}
	if len(distinct)+len(batch.Begun) == 0 {
		log.Warn(o.noMatch())
	}
	if err := o.checkTarget(ctx, s, len(requests)); err != nil {
		return nil, err
	}
	return s.engine.Batch(ctx, requests, batch), nil
}

// noMatch says what nothing was found for.
func (o *transferCommandOptions) noMatch() string {
	switch {
	case o.groups != nil:
		return "No image matches the file spec."
	case o.filter.Narrows():
		return "No image matches " + o.source + " with the exclusions, properties or limit that were given."
	default:
		return "No image matches " + o.source + "."
	}
}

// checkTarget tells once, and not for each of many images, that the repository is not one to promote to.
func (o *transferCommandOptions) checkTarget(ctx context.Context, s *session, images int) error {
	if images < 2 || o.groups != nil {
		return nil
	}
	return s.engine.CheckRepository(ctx, failure.Target, o.destination.Repo)
}

// meant reports whether the pattern means a tag.
func (o *transferCommandOptions) meant(r reference.Reference) bool {
	_, meant := o.pattern.Match(r)
	return meant && !o.filter.Excludes(r)
}
