package commands

import (
	"os"

	"github.com/signed-promote/signed-promote/utils/report"
)

// watch shows on stderr how a run gets on: a line that is written anew at a terminal, a line now and then elsewhere.
// The line is gone before a result is printed.
func (i invocation) watch() *report.Progress {
	return i.bar
}

// newBar draws at a terminal only, and not between the lines of a debug log.
func newBar(interactive bool) *report.Progress {
	if !interactive || isDumb() || isDebugged() {
		return report.NewProgress(os.Stderr, 0)
	}
	// A terminal that does not tell its width has the usual one.
	width := screenOf(os.Stderr).Width
	if width == 0 {
		width = 80
	}
	return report.NewProgress(os.Stderr, width)
}
