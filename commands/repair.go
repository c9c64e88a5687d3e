package commands

import (
	"context"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plain"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// runRepair brings back what the images of a repository lack.
func runRepair(ctx context.Context, o repairOptions, server *jfrog.Server) error {
	if err := reference.CheckRepo(o.repo); err != nil {
		return err
	}
	s, err := newSession(server, o.invocation, o.transferOptions, o.dryRun)
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	if err := o.guard(ctx, s, server, o.tagPrefix); err != nil {
		return err
	}
	bringing := inventory.Bringing{
		Kinds: o.kinds, Not: o.not, Prefix: o.tagPrefix, Creator: s.rest,
		Configs: entryVerifier{blobs: s.engine.Blobs},
	}
	if len(o.policies) > 0 {
		if bringing.Entries, err = o.entries(ctx, s, server, o.tagPrefix); err != nil {
			return err
		}
	}
	result := s.repair(ctx, o, bringing)
	result.HTTP, result.DurationMs = s.traffic()
	if err := o.print(o.invocation, printable{json: result, text: result.Table}); err != nil {
		return err
	}
	o.summarise(result)
	return endOfRepair(result, o.failNoOp)
}

func (s *session) repair(ctx context.Context, o repairOptions, bringing inventory.Bringing) *report.RepairResult {
	request := inventory.Request{
		Repo: o.repo, Prefix: o.tagPrefix,
		Selection: inventory.Selection{Include: o.include, Exclude: o.exclude, Since: o.since, Shard: o.shard},
	}
	err := s.engine.CheckRepository(ctx, failure.Target, o.repo)
	if err == nil {
		request.Sources, err = o.sources(ctx, s, o.repo)
	}
	var found *inventory.Repair
	var after *inventory.Audit
	if err == nil {
		progress := o.watch()
		repairer := inventory.Repairer{
			Server: s.inventory(progress, o.threads), Bringing: bringing, Promoter: s.engine, OnConflict: o.onConflict, DryRun: o.dryRun,
		}
		found, err = repairer.Repair(ctx, request)
		progress.End()
		err = failure.At(failure.Target, err, "repairing "+o.repo, "")
	}
	if found != nil {
		after = found.After
	}
	return report.NewRepair(report.NewAudit(request, after, s.host, s.began, nil), o.dryRun, found, s.host, err)
}

// endOfRepair tells on stderr what the table has no room for, and chooses the exit code.
func endOfRepair(r *report.RepairResult, failNoOp bool) error {
	for _, w := range r.Warnings {
		log.Warn(onStderr(plain.Line(w)))
	}
	return endAs(r.Status, causeOf(&report.Result{Error: r.Error, Images: r.Images}), failNoOp)
}
