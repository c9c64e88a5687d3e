package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// auditUsage is the usage line, followed by what the framework's help has no place for.
const auditUsage = `audit [command options] <repo>
   jf signed-promote audit --merge <result.json>... [command options]

Description:
	Tells of every image of a repository whether it is signed, signed in part, not signed, or lost its signature on the
	way, and then where that still is: in one of --source-repos, or anywhere with --search-all. Nothing is changed.
	Options may stand before or after the argument.

Examples:
	# Which images of production lost their signatures, and where are they?
	jf signed-promote audit docker-prod-local --source-repos docker-dev-local

	# A page for people, and a result for the next comparison
	jf signed-promote audit docker-prod-local --format html > audit.html
	jf signed-promote audit docker-prod-local --format json > audit.json
	jf signed-promote audit docker-prod-local --baseline audit.json

	# One of four parallel jobs, and the report of all four
	jf signed-promote audit docker-prod-local --shard 1/4 --format json > audit-1.json
	jf signed-promote audit --merge audit-1.json audit-2.json audit-3.json audit-4.json --format html > audit.html

Exit codes:
	0  every image is signed
	1  failed
	5  there are findings`

// auditCommand declares audit.
func auditCommand() command {
	return command{Command: components.Command{
		Name:        "audit",
		Description: "Tell which images of a repository are signed, and which lost their signatures.",
		Arguments: []components.Argument{
			{Name: "<repo>...", Description: "Key of the repository to audit; with --merge, the results to join."},
		},
		EnvVars: append(append(option.Environment(), option.SummaryEnvironment()), option.ShardVariables()...),
	}, usage: auditUsage, options: func() options { return newAuditOptions() }}
}

// auditFileOptions name results of earlier audits.
type auditFileOptions struct {
	baseline string
	merge    bool
}

// Flags declares the options.
func (*auditFileOptions) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("baseline", "An earlier result (--format json) to compare with: what is new, fixed and still open."),
		components.NewBoolFlag("merge", "Set to true to join the results (--format json) of shards that are named as arguments. Nothing is sent to the server."),
	}
}

// Parse reads and checks the values.
func (o *auditFileOptions) Parse(c *components.Context) error {
	o.baseline, o.merge = c.GetStringFlagValue("baseline"), c.GetBoolFlagValue("merge")
	return nil
}

// everyFileOption asks for the files of every image.
type everyFileOption struct {
	everyFile bool
}

// Flags declares the options.
func (*everyFileOption) Flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("every-file", "Set to true to hold the files of every image and platform against its manifest, so that a single missing layer is found. Two requests more for each."),
	}
}

// Parse reads and checks the values.
func (o *everyFileOption) Parse(c *components.Context) error {
	o.everyFile = c.GetBoolFlagValue("every-file")
	return nil
}

// auditOptions are the options and the arguments of audit.
type auditOptions struct {
	option.Sources
	option.Paths
	option.Changed
	option.Kinds
	Depth everyFileOption
	Files auditFileOptions
	option.Part
	option.Policy
	option.Prefix
	option.AttachmentRepo
	option.Output
	option.Requests
	option.Server
	invocation

	// arguments are the repository, or with --merge the files.
	arguments []string
}

func newAuditOptions() *auditOptions {
	return &auditOptions{Output: option.Output{More: []option.Format{option.FormatJUnit, option.FormatHTML}}}
}

func (*auditOptions) dryRun() bool { return true }

// Resolve looks for no server where results are joined.
func (o *auditOptions) Resolve(c *components.Context, dryRun bool) (*jfrog.Server, error) {
	if o.Files.merge {
		return nil, nil //nolint:nilnil // nothing is sent
	}
	return o.Server.Resolve(c, dryRun)
}

func (o *auditOptions) parseArguments(c *components.Context) error {
	o.arguments = c.Arguments
	if !o.Files.merge && len(o.arguments) != 1 {
		return errors.New("audit takes one repository; several files are for --merge")
	}
	return nil
}

// run looks at a repository. It never writes: the transport would refuse.
func (o *auditOptions) run(ctx context.Context, server *jfrog.Server) error {
	if o.Files.merge {
		return o.mergeResults()
	}
	if err := reference.CheckRepo(o.arguments[0]); err != nil {
		return err
	}
	earlier, err := o.earlier(o.arguments[0])
	if err != nil {
		return err
	}
	how := opening{Requests: o.Requests, Policy: o.Policy, prefix: o.TagPrefix, readOnly: true}
	return o.withSession(ctx, server, how, func(s *session) error {
		result := o.audit(ctx, s)
		result.Traffic = s.traffic()
		if earlier != nil && result.Error == nil {
			result.Compare(earlier)
		}
		return o.finish(result)
	})
}

// audit runs the audit and turns it into its result.
func (o *auditOptions) audit(ctx context.Context, s *session) *report.AuditResult {
	request, err := o.request(ctx, s)
	var found *audit.Result
	if err == nil {
		progress := o.bar
		found, err = s.auditor(progress, o.Threads, o.From()...).Audit(ctx, request)
		progress.End()
		err = failure.At(failure.Target, err, "auditing "+request.Repo, "")
	}
	return report.NewAudit(request, found, s.host, s.began, err)
}

func (o *auditOptions) request(ctx context.Context, s *session) (audit.Request, error) {
	r := audit.Request{
		Repo: o.arguments[0], Places: o.From(), Prefix: o.TagPrefix, Required: o.Required, EveryFile: o.Depth.everyFile,
		Selection: inventory.Selection{Include: o.Include, Exclude: o.Exclude, Since: o.Since, Shard: o.Shard},
	}
	err := s.inspect().CheckRepository(ctx, failure.Target, r.Repo)
	if err == nil {
		err = s.inspect().CheckPlaces(ctx, o.From()...)
	}
	if err == nil {
		r.Sources, err = s.sources(ctx, &o.Sources, r.Repo)
	}
	return r, err
}

// auditor returns what an audit needs of the session.
func (s *session) auditor(progress inventory.Progress, threads int, places ...reference.Image) audit.Auditor {
	auditor := audit.Auditor{Server: s.inventory(progress, threads)}
	if s.engine.Verifier != nil {
		auditor.Verifier = imageVerifier{s.inspect(), s.engine.Verifier, places}
	}
	return auditor
}

// inventory returns what looking at whole repositories needs of the session.
func (s *session) inventory(progress inventory.Progress, threads int) inventory.Server {
	return inventory.Server{
		Finder: s.rest, Reader: s.images, Prober: s.images, Lister: s.rest, Progress: progress, Parallel: threads,
		Properties: s.rest, Files: s.rest,
	}
}

// earlier reads the baseline, nil if none is named. One of another repository would call everything new, and what is
// gone fixed.
func (o *auditOptions) earlier(repo string) (*report.AuditResult, error) {
	if o.Files.baseline == "" {
		return nil, nil //nolint:nilnil // no baseline is no mistake
	}
	earlier, err := report.ReadAudit(o.Files.baseline)
	if err == nil && earlier.Repo != repo {
		return nil, fmt.Errorf("--baseline %s is an audit of %s, and not of %s", o.Files.baseline, earlier.Repo, repo)
	}
	return earlier, err
}

// mergeResults joins the results of shards.
func (o *auditOptions) mergeResults() error {
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
	warnOf(r.Warnings)
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
	switch o.Format {
	case option.FormatJUnit:
		return report.JUnit(o.Out, r)
	case option.FormatHTML:
		return report.HTML(o.Out, r)
	default:
		return o.print(o.Format, r)
	}
}
