package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/repair"
	"github.com/signed-promote/signed-promote/utils/report"
)

// repairUsage is the usage line, followed by what the framework's help has no place for.
const repairUsage = `repair [command options] <repo>

Description:
	Brings back what 'audit' calls lost: signatures of images in the repository that are still in one of --source-repos,
	or in another image path of the repository; other kinds with --kinds. With a policy whatever verifies by it comes,
	entry by entry, and --search-all looks everywhere. Nothing comes from a quarantine of prune, nor what --not names.
	What the repository has stays. Run it again after an interruption. It ends with an audit of what it touched, and
	names what has to be signed again.
	Options may stand before or after the argument.

Examples:
	# What would come back?
	jf signed-promote repair docker-prod-local --source-repos docker-dev-local --dry-run

	# Bring it back
	jf signed-promote repair docker-prod-local --source-repos docker-dev-local

Exit codes:
	0  done, or nothing was lost
	1  failed, or only a part was done
	2  nothing was lost, with --fail-no-op
	4  refused, nothing was changed`

// repairCommand declares repair.
func repairCommand() command {
	return command{Command: components.Command{
		Name:        "repair",
		Description: "Bring back the signatures that the images of a repository lost.",
		Arguments: []components.Argument{
			{Name: "<repo>", Description: "Key of the repository to repair."},
		},
		EnvVars: append(append(option.Environment(), option.FailNoOpVariable(), option.SummaryEnvironment()), option.ShardVariables()...),
	}, usage: repairUsage, options: func() options { return new(repairOptions) }}
}

// bringOptions say what may be brought.
type bringOptions struct {
	kinds []attachment.Kind
	not   []digest.Digest
}

// Flags declares the options.
func (*bringOptions) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("kinds", "Kinds of attachments to bring: signature, attestation, sbom, bundle, notation, other; separated by ';'. By default signatures, or with a policy whatever verifies by it."),
		components.NewStringFlag("not", "Digests of attachments, or of single entries of them, that must not come back; separated by ';'."),
	}
}

// Parse reads and checks the values.
func (o *bringOptions) Parse(c *components.Context) error {
	known := []string{"signature", "attestation", "sbom", "bundle", "notation", "other"}
	for _, value := range option.List(c.GetStringFlagValue("kinds")) {
		kind, err := option.OneOf("kinds", value, known)
		if err != nil {
			return err
		}
		o.kinds = append(o.kinds, attachment.Kind(kind))
	}
	for _, value := range option.List(c.GetStringFlagValue("not")) {
		d, err := digest.Parse(value)
		if err != nil {
			return fmt.Errorf("--not must be digests such as sha256:<hex>, not %q", value)
		}
		o.not = append(o.not, d)
	}
	return nil
}

// repairOptions are the options and the argument of repair.
type repairOptions struct {
	option.Sources
	Bring bringOptions
	option.Paths
	option.Changed
	option.Part
	option.Conflict
	option.Policy
	option.Prefix
	option.Preview
	option.Output
	option.NoOp
	option.Requests
	option.Server
	invocation

	repo string
}

func (o *repairOptions) dryRun() bool { return o.DryRun }

func (o *repairOptions) parseArguments(c *components.Context) error {
	o.repo = c.GetArgumentAt(0)
	if o.SearchAll && len(o.Policies) == 0 {
		return errors.New("--search-all finds what anybody who may push anywhere attached: say whose may come with --key, an identity or --policy, or name repositories with --source-repos")
	}
	return nil
}

// run brings back what the images of a repository lack.
func (o *repairOptions) run(ctx context.Context, server *jfrog.Server) error {
	if err := reference.CheckRepo(o.repo); err != nil {
		return err
	}
	how := opening{Requests: o.Requests, Policy: o.Policy, prefix: o.TagPrefix, readOnly: o.dryRun()}
	return o.withSession(ctx, server, how, func(s *session) error {
		filter := repair.Filter{
			Kinds: o.Bring.kinds, Not: o.Bring.not, Prefix: o.TagPrefix, Creator: s.rest,
			Configs: entryVerifier{blobs: s.engine.Blobs},
		}
		if len(o.Policies) > 0 {
			var err error
			if filter.Entries, err = s.entries(ctx, &o.Policy, o.TagPrefix); err != nil {
				return err
			}
		}
		result := o.repair(ctx, s, filter)
		result.Traffic = s.traffic()
		if err := o.show(o.Format, result); err != nil {
			return err
		}
		return endOfRepair(result, o.FailNoOp)
	})
}

func (o *repairOptions) repair(ctx context.Context, s *session, filter repair.Filter) *report.RepairResult {
	request := audit.Request{
		Repo: o.repo, Prefix: o.TagPrefix,
		Selection: inventory.Selection{Include: o.Include, Exclude: o.Exclude, Since: o.Since, Shard: o.Shard},
	}
	err := s.inspect().CheckRepository(ctx, failure.Target, o.repo)
	if err == nil {
		request.Sources, err = s.sources(ctx, &o.Sources, o.repo)
	}
	var found *repair.Result
	var after *audit.Result
	if err == nil {
		progress := o.bar
		repairer := repair.Repairer{
			Auditor: s.auditor(progress, o.Threads), Filter: filter, Promoter: s.engine, OnConflict: o.OnConflict,
			DryRun: o.DryRun,
		}
		found, err = repairer.Repair(ctx, request)
		progress.End()
		err = failure.At(failure.Target, err, "repairing "+o.repo, "")
	}
	if found != nil {
		after = found.After
	}
	return report.NewRepair(report.NewAudit(request, after, s.host, s.began, nil), o.DryRun, found, s.host, err)
}

// endOfRepair tells on stderr what the table has no room for, and chooses the exit code.
func endOfRepair(r *report.RepairResult, failNoOp bool) error {
	warnOf(r.Warnings)
	return endAs(r.Status, causeOf(&report.Result{Error: r.Error, Images: r.Images}), failNoOp)
}
