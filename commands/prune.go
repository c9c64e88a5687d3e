package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/prune"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
)

// pruneUsage is the usage line, followed by what the framework's help has no place for.
const pruneUsage = `prune [command options] <repo>

Description:
	Removes signatures, attestations and other attachments whose image is nowhere any more: with --quarantine-repo it
	moves them, with --delete it deletes them. It asks first, unless --quiet is given. A first run only notes what it
	saw; a run at least --older-than later removes it, or with --now the first one. What is young, what could not be
	told, and what may belong to an image elsewhere stays. Only administrators see every repository: others name those
	in which images may be with --subjects-in. A journal says how to bring back what was removed. It also warns when
	the repository's own retention removes signatures.
	Options may stand before or after the argument.

Examples:
	# What has no image any more?
	jf signed-promote prune docker-dev-local --dry-run

	# Every night: move what was seen without an image 30 days ago out of the way
	jf signed-promote prune docker-dev-local --older-than 30d --quarantine-repo docker-quarantine-local --quiet

	# Delete at once, as somebody who may read two repositories
	jf signed-promote prune docker-dev-local --subjects-in docker-prod-local --delete --now

Exit codes:
	0  done, seen for the first time, or nothing was to be done
	1  failed, or only a part was done
	2  nothing was to be done, with --fail-no-op`

// pruneCommand declares prune.
func pruneCommand() command {
	return command{Command: components.Command{
		Name:        "prune",
		Description: "Remove attachments whose image is gone.",
		Arguments: []components.Argument{
			{Name: "<repo>", Description: "Key of the repository to clean up."},
		},
		EnvVars: append(append(option.Environment(), option.FailNoOpVariable(), option.SummaryEnvironment()), option.ShardVariables()...),
	}, usage: pruneUsage, options: func() options { return new(pruneOptions) }}
}

// defaultGrace spares what came a moment ago: a signature may be pushed before its image.
const defaultGrace = 24 * time.Hour

// pruneRules say what is removed, and how.
type pruneRules struct {
	grace      time.Duration
	quiet      bool
	now        bool
	delete     bool
	quarantine string
	journal    string
	state      string
	// central lets attachments go from paths that hold nothing else; subjects are the repositories in which their
	// images may be.
	central  bool
	subjects []string
}

// Flags declares the options.
func (*pruneRules) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("older-than", "Spare what came or changed within this time, such as 12h or 30d, and what was not seen without its image by a run that long ago.", components.WithStrDefaultValue("24h")),
		components.NewBoolFlag("quiet", "Set to true to skip the confirmation message."),
		components.NewStringFlag("quarantine-repo",
			"Move attachments to this repository, below the path <repo>/<image>. Either this or --delete has to be given."),
		components.NewBoolFlag("delete", "Set to true to delete attachments."),
		components.NewBoolFlag("now", "Set to true to remove at once what no run has seen before."),
		components.NewStringFlag("state", "File in which runs note what they saw; by default that is a property on each attachment's folder, which needs Annotate."),
		components.NewStringFlag("subjects-in", "Further repositories in which the images may be, separated by ';'. Who is no administrator has to name them, and needs Read on all of each."),
		components.NewBoolFlag("central", "Set to true to remove from image paths that hold attachments only, too. They may be of images in another registry."),
		components.NewStringFlag("journal", "File that takes down what is removed and how to bring it back, one JSON object a line. By default a new file in the current directory."),
	}
}

// Parse reads and checks the values.
func (o *pruneRules) Parse(c *components.Context) (err error) {
	o.quiet, o.quarantine, o.journal = c.GetBoolFlagValue("quiet"), c.GetStringFlagValue("quarantine-repo"), c.GetStringFlagValue("journal")
	o.now, o.delete, o.central = c.GetBoolFlagValue("now"), c.GetBoolFlagValue("delete"), c.GetBoolFlagValue("central")
	o.state, o.subjects = c.GetStringFlagValue("state"), option.List(c.GetStringFlagValue("subjects-in"))
	o.grace = defaultGrace
	if value := c.GetStringFlagValue("older-than"); value != "" {
		if o.grace, err = option.Age(value); err != nil {
			return fmt.Errorf("--older-than must be a duration such as 12h or 30d, not %q", value)
		}
	}
	return o.consistent()
}

// atOnce reports that what is seen for the first time may go: two runs without any time between them are one.
func (o *pruneRules) atOnce() bool { return o.now || o.grace == 0 }

// consistent reports which options cannot be meant together.
func (o *pruneRules) consistent() error {
	switch {
	case o.delete && o.quarantine != "":
		return errors.New("--delete deletes and --quarantine-repo moves; leave one of them out")
	case o.atOnce() && o.state != "":
		return errors.New("--now, and --older-than 0h, remove whatever earlier runs saw; leave --state out")
	}
	if o.quarantine != "" {
		if err := reference.CheckRepo(o.quarantine); err != nil {
			return fmt.Errorf("--quarantine-repo: %w", err)
		}
	}
	for _, key := range o.subjects {
		if err := reference.CheckRepo(key); err != nil {
			return fmt.Errorf("--subjects-in: %w", err)
		}
	}
	return nil
}

// pruneOptions are the options and the argument of prune.
type pruneOptions struct {
	Rules pruneRules
	option.Paths
	option.Part
	option.AttachmentRepo
	option.Preview
	option.Output
	option.NoOp
	option.Requests
	option.Server
	invocation

	repo string
}

func (o *pruneOptions) dryRun() bool { return o.DryRun }

func (o *pruneOptions) parseArguments(c *components.Context) error {
	o.repo = c.GetArgumentAt(0)
	if o.Rules.quarantine == o.repo {
		return fmt.Errorf("--quarantine-repo names %s itself", o.repo)
	}
	if err := reference.CheckRepo(o.repo); err != nil {
		return err
	}
	return o.mayAsk()
}

// run removes attachments whose subject is gone.
func (o *pruneOptions) run(ctx context.Context, server *jfrog.Server) error {
	return o.withSession(ctx, server, opening{Requests: o.Requests, readOnly: o.dryRun()}, func(s *session) error {
		result := report.NewPrune(prune.Request{Repo: o.repo, Selection: inventory.Selection{Shard: o.Shard}}, false,
			"", nil, errUndecided)
		if !o.undecided() {
			result = o.prune(ctx, s)
		}
		result.Traffic = s.traffic()
		if err := o.show(o.Format, result); err != nil {
			return err
		}
		return endOfPrune(result, o.FailNoOp)
	})
}

func (o *pruneOptions) prune(ctx context.Context, s *session) *report.PruneResult {
	request := prune.Request{
		Repo: o.repo, Before: s.began.Add(-o.Rules.grace), Places: o.From(), Subjects: o.Rules.subjects, Central: o.Rules.central,
		At: s.began, Grace: o.Rules.grace, DryRun: o.DryRun,
		Selection: inventory.Selection{Include: o.Include, Exclude: o.Exclude, Shard: o.Shard},
	}
	seen, err := o.notes(s)
	if err == nil {
		err = s.inspect().CheckPlaces(ctx, o.From()...)
	}
	if err != nil {
		return report.NewPrune(request, o.DryRun, o.Rules.quarantine, nil, err)
	}
	progress := o.bar
	look := s.inventory(progress, o.Threads)
	found, err := o.orphans(ctx, s, prune.Pruner{Server: look, Keeper: s.rest, Rights: s.rest, Notes: seen.notes},
		request)
	result := report.NewPrune(request, o.DryRun, o.Rules.quarantine, found, err)
	if err == nil && !o.DryRun {
		var lacking map[int]error
		if lacking, err = seen.take(ctx, look, request, found); err != nil {
			result.Fail(err)
		}
		defer func() { result.NotNoted(lacking) }()
	}
	progress.End()
	if err != nil || o.DryRun || result.Totals.Planned == 0 {
		return result
	}
	return o.remove(ctx, s, look, seen, found, result)
}

// remove removes what was found, once somebody agreed.
func (o *pruneOptions) remove(ctx context.Context, s *session, look inventory.Server, seen pruneState,
	found *prune.Orphans, result *report.PruneResult,
) *report.PruneResult {
	if !o.Rules.quiet && !confirmed(o.In, o.Err, question(result, o.Out.Screen)) {
		result.Decline()
		return result
	}
	journal, name, err := o.openJournal(s.began)
	if err != nil {
		result.Fail(failure.At("", err, "the journal cannot be written, so nothing was removed",
			"Name another file with --journal."))
		return result
	}
	defer func() { _ = journal.Close() }()
	result.Journal = name
	remover := prune.Remover{
		Server: look, Mover: s.rest, Annotator: s.rest, Notes: seen.notes, Journal: report.NewJournal(journal,
			journal.Sync), Quarantine: o.Rules.quarantine, Now: time.Now,
	}
	removals, err := remover.Remove(ctx, found.All)
	result.Removals(removals, errors.Join(err, seen.write("so it still has what was removed")))
	return result
}

func (o *pruneOptions) orphans(ctx context.Context, s *session, pruner prune.Pruner,
	request prune.Request,
) (*prune.Orphans, error) {
	if err := s.inspect().CheckRepository(ctx, failure.Target, o.repo); err != nil {
		return nil, err
	}
	others := o.Rules.subjects
	if o.Rules.quarantine != "" {
		others = append(slices.Clone(others), o.Rules.quarantine)
	}
	for _, key := range others {
		if err := s.inspect().CheckRepository(ctx, failure.Target, key); err != nil {
			return nil, err
		}
	}
	found, err := pruner.Orphans(ctx, request)
	return found, failure.At(failure.Target, err, "looking for attachments without an image in "+o.repo,
		"Nothing was removed.")
}

// openJournal makes the journal. Its default name is new; one that the user names is added to.
func (o *pruneOptions) openJournal(began time.Time) (file *os.File, name string, err error) {
	name, flags := o.Rules.journal, os.O_APPEND
	if name == "" {
		name, flags = "signed-promote-prune-"+o.repo+began.UTC().Format("-20060102T150405.000Z")+".jsonl", os.O_EXCL
	}
	file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flags, 0o600) //nolint:gosec // the file that the user names
	return file, name, err
}

// endOfPrune tells on stderr what the table has no room for, and chooses the exit code.
func endOfPrune(r *report.PruneResult, failNoOp bool) error {
	warnOf(r.Warnings)
	return endAs(r.Status, causeOfPrune(r), failNoOp)
}

func causeOfPrune(r *report.PruneResult) error {
	var all []error
	if r.Error != nil {
		all = append(all, errors.New(withHint(r.Error)))
	}
	for _, a := range r.Attachments {
		if a.Error != nil {
			all = append(all, errors.New(withHint(a.Error)))
		}
	}
	return errors.Join(all...)
}
