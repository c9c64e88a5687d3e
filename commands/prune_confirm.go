package commands

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// undecided reports that nobody said what is to become of what is found.
func (o *pruneOptions) undecided() bool {
	return !o.DryRun && !o.Rules.delete && o.Rules.quarantine == ""
}

var errUndecided = errors.New("nothing was removed: say what is to become of attachments without an image. --quarantine-repo <repo> moves them there, --delete deletes them, --dry-run only looks")

// mayAsk refuses to remove anything where nobody can be asked.
func (o *pruneOptions) mayAsk() error {
	switch {
	case o.DryRun:
		return nil
	case o.undecided(), o.Rules.quiet, o.Interactive:
		return nil
	default:
		return errors.New("prune asks before it removes anything, and there is nobody to ask here: add --quiet to remove, or --dry-run to look")
	}
}

func question(r *report.PruneResult, on terminal.Screen) string {
	verb := "Delete"
	if r.Quarantine != "" {
		verb = "Move to " + r.Quarantine
	}
	return fmt.Sprintf("%s\n\n%s %d attachments of %s? (y/n) [n] ", r.Text(on), verb, r.Totals.Planned, r.Repo)
}

// confirmed asks; anything but yes is no.
func confirmed(in io.Reader, out io.Writer, question string) bool {
	_, _ = fmt.Fprint(out, question)
	answer, _ := bufio.NewReader(in).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
