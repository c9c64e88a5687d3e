package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plain"
	"github.com/signed-promote/signed-promote/utils/report"
)

// undecided reports that nobody said what is to become of what is found.
func (o *pruneOptions) undecided() bool { return !o.dryRun && !o.delete && o.quarantine == "" }

var errUndecided = errors.New("nothing was removed: say what is to become of attachments without an image. --quarantine-repo <repo> moves them there, --delete deletes them, --dry-run only looks")

// mayAsk refuses to remove anything where nobody can be asked.
func (o *pruneOptions) mayAsk(run invocation) error {
	switch {
	case o.dryRun:
		return nil
	case o.undecided(), o.quiet, run.interactive:
		return nil
	default:
		return errors.New("prune asks before it removes anything, and there is nobody to ask here: add --quiet to remove, or --dry-run to look")
	}
}

// runPrune removes attachments whose subject is gone.
func runPrune(ctx context.Context, o pruneOptions, server *jfrog.Server) error {
	s, err := newSession(server, o.invocation, o.transferOptions, o.dryRun)
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	result := report.NewPrune(inventory.PruneRequest{Repo: o.repo, Selection: inventory.Selection{Shard: o.shard}}, false,
		"", nil, errUndecided)
	if !o.undecided() {
		result = s.prune(ctx, o)
	}
	result.HTTP, result.DurationMs = s.traffic()
	if err := o.print(o.invocation, printable{json: result, text: result.Table}); err != nil {
		return err
	}
	o.summarise(result)
	return endOfPrune(result, o.failNoOp)
}

func (s *session) prune(ctx context.Context, o pruneOptions) *report.PruneResult {
	request := inventory.PruneRequest{
		Repo: o.repo, Before: s.began.Add(-o.grace), Places: o.from(), Subjects: o.subjects, Central: o.central,
		At: s.began, Grace: o.grace, DryRun: o.dryRun,
		Selection: inventory.Selection{Include: o.include, Exclude: o.exclude, Shard: o.shard},
	}
	seen, err := o.notes(s)
	if err == nil {
		err = s.engine.CheckPlaces(ctx, o.from()...)
	}
	if err != nil {
		return report.NewPrune(request, o.dryRun, o.quarantine, nil, err)
	}
	progress := o.watch()
	look := s.inventory(progress, o.threads)
	found, err := s.orphans(ctx, o, inventory.Pruner{Server: look, Keeper: s.rest, Rights: s.rest, Notes: seen.notes},
		request)
	result := report.NewPrune(request, o.dryRun, o.quarantine, found, err)
	if err == nil && !o.dryRun {
		var lacking map[int]error
		if lacking, err = seen.take(ctx, look, request, found); err != nil {
			result.Fail(err)
		}
		defer func() { result.NotNoted(lacking) }()
	}
	progress.End()
	if err != nil || o.dryRun || result.Totals.Planned == 0 {
		return result
	}
	return s.remove(ctx, o, look, seen, found, result)
}

// remove removes what was found, once somebody agreed.
func (s *session) remove(ctx context.Context, o pruneOptions, look inventory.Server, seen pruneState,
	found *inventory.Orphans, result *report.PruneResult,
) *report.PruneResult {
	if !o.quiet && !confirmed(os.Stdin, os.Stderr, question(result, o.screen)) {
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
	remover := inventory.Remover{
		Server: look, Mover: s.rest, Annotator: s.rest, Notes: seen.notes, Journal: report.NewJournal(journal,
			journal.Sync), Quarantine: o.quarantine, Now: time.Now,
	}
	removals, err := remover.Remove(ctx, found.All)
	result.Removals(removals, errors.Join(err, seen.write("so it still has what was removed")))
	return result
}

func (s *session) orphans(ctx context.Context, o pruneOptions, pruner inventory.Pruner,
	request inventory.PruneRequest,
) (*inventory.Orphans, error) {
	if err := s.engine.CheckRepository(ctx, failure.Target, o.repo); err != nil {
		return nil, err
	}
	others := o.subjects
	if o.quarantine != "" {
		others = append(slices.Clone(others), o.quarantine)
	}
	for _, key := range others {
		if err := s.engine.CheckRepository(ctx, failure.Target, key); err != nil {
			return nil, err
		}
	}
	found, err := pruner.Orphans(ctx, request)
	return found, failure.At(failure.Target, err, "looking for attachments without an image in "+o.repo,
		"Nothing was removed.")
}

// openJournal makes the journal. Its default name is new; one that the user names is added to.
func (o *pruneOptions) openJournal(began time.Time) (file *os.File, name string, err error) {
	name, flags := o.journal, os.O_APPEND
	if name == "" {
		name, flags = "signed-promote-prune-"+o.repo+began.UTC().Format("-20060102T150405.000Z")+".jsonl", os.O_EXCL
	}
	file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flags, 0o600) //nolint:gosec // the file that the user names
	return file, name, err
}

func question(r *report.PruneResult, on report.Screen) string {
	verb := "Delete"
	if r.Quarantine != "" {
		verb = "Move to " + r.Quarantine
	}
	return fmt.Sprintf("%s\n\n%s %d attachments of %s? (y/n) [n] ", r.Table(on), verb, r.Totals.Planned, r.Repo)
}

// confirmed asks; anything but yes is no.
func confirmed(in io.Reader, out io.Writer, question string) bool {
	_, _ = fmt.Fprint(out, question)
	answer, _ := bufio.NewReader(in).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// endOfPrune tells on stderr what the table has no room for, and chooses the exit code.
func endOfPrune(r *report.PruneResult, failNoOp bool) error {
	for _, w := range r.Warnings {
		log.Warn(onStderr(plain.Line(w)))
	}
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
