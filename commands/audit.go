package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plain"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// runAudit looks at a repository. It never writes: the transport would refuse.
func runAudit(ctx context.Context, o auditOptions, server *jfrog.Server) error {
	if err := reference.CheckRepo(o.arguments[0]); err != nil {
		return err
	}
	earlier, err := o.earlier(o.arguments[0])
	if err != nil {
		return err
	}
	s, err := newSession(server, o.invocation, o.transferOptions, true)
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	if err := o.guard(ctx, s, server, o.tagPrefix); err != nil {
		return err
	}
	result := s.audit(ctx, o)
	result.HTTP, result.DurationMs = s.traffic()
	if earlier != nil && result.Error == nil {
		result.Compare(earlier)
	}
	return o.finish(result)
}

// audit runs the audit and turns it into its result.
func (s *session) audit(ctx context.Context, o auditOptions) *report.AuditResult {
	request, err := o.request(ctx, s)
	var found *inventory.Audit
	if err == nil {
		progress := o.watch()
		found, err = s.inventory(progress, o.threads, o.from()...).Audit(ctx, request)
		progress.End()
		err = failure.At(failure.Target, err, "auditing "+request.Repo, "")
	}
	return report.NewAudit(request, found, s.host, s.began, err)
}

func (o *auditOptions) request(ctx context.Context, s *session) (inventory.Request, error) {
	r := inventory.Request{
		Repo: o.arguments[0], Places: o.from(), Prefix: o.tagPrefix, Required: o.required, EveryFile: o.everyFile,
		Selection: inventory.Selection{Include: o.include, Exclude: o.exclude, Since: o.since, Shard: o.shard},
	}
	err := s.engine.CheckRepository(ctx, failure.Target, r.Repo)
	if err == nil {
		err = s.engine.CheckPlaces(ctx, o.from()...)
	}
	if err == nil {
		r.Sources, err = o.sources(ctx, s, r.Repo)
	}
	return r, err
}

// inventory returns what looking at whole repositories needs of the session.
func (s *session) inventory(progress inventory.Progress, threads int, places ...reference.Image) inventory.Server {
	server := inventory.Server{
		Finder: s.rest, Reader: s.images, Prober: s.images, Lister: s.rest, Progress: progress, Parallel: threads, Properties: s.rest, Files: s.rest,
	}
	if s.engine.Verifier != nil {
		server.Verifier = imageVerifier{s.engine, places}
	}
	return server
}

// earlier reads the baseline, nil if none is named. One of another repository would call everything new, and what is
// gone fixed.
func (o *auditOptions) earlier(repo string) (*report.AuditResult, error) {
	if o.baseline == "" {
		return nil, nil //nolint:nilnil // no baseline is no mistake
	}
	earlier, err := report.ReadAudit(o.baseline)
	if err == nil && earlier.Repo != repo {
		return nil, fmt.Errorf("--baseline %s is an audit of %s, and not of %s", o.baseline, earlier.Repo, repo)
	}
	return earlier, err
}

// runMerge joins the results of shards.
func runMerge(o auditOptions) error {
	results := make([]*report.AuditResult, 0, len(o.arguments))
	for _, name := range o.arguments {
		one, err := report.ReadAudit(name)
		if err != nil {
			return err
		}
		results = append(results, one)
	}
	result, err := report.MergeAudits(results)
	if err != nil {
		return err
	}
	earlier, err := o.earlier(result.Repo)
	if err != nil {
		return err
	}
	if earlier != nil {
		result.Compare(earlier)
	}
	return o.finish(result)
}

// finish prints a result and chooses the exit code.
func (o *auditOptions) finish(r *report.AuditResult) error {
	if err := o.printAudit(r); err != nil {
		return err
	}
	o.summarise(r)
	for _, w := range r.Warnings {
		log.Warn(onStderr(plain.Line(w)))
	}
	switch {
	case r.Error != nil:
		return ended(outcomeFailed, errors.New(withHint(r.Error)))
	case r.HasFindings():
		return ended(outcomeFindings, nil)
	default:
		return nil
	}
}

func (o *auditOptions) printAudit(r *report.AuditResult) error {
	switch o.format {
	case formatJUnit:
		return report.JUnit(o.stdout, r)
	case formatHTML:
		return report.HTML(o.stdout, r)
	default:
		return o.print(o.invocation, printable{json: r, text: r.Table})
	}
}
