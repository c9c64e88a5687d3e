package commands

import (
	"os"

	"golang.org/x/term"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
)

// screenOf reports what a file writes on: a terminal with its width, or no terminal. One whose width cannot be told is
// treated like a pipe, but for colours.
func screenOf(f *os.File) report.Screen {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return report.Screen{}
	}
	width, _, err := term.GetSize(fd)
	if err != nil {
		width = 0
	}
	return report.Screen{Width: max(width, 0), Colour: option.WantsColor()}
}

// onStderr fits a message to the terminal that stderr may be.
func onStderr(message string) string { return screenOf(os.Stderr).Message(message) }

// watch shows on stderr how a run gets on: a line that is written anew at a terminal, a line now and then elsewhere.
// The line is gone before a result is printed.
func (i invocation) watch() *report.Progress {
	return i.bar
}

// newBar draws at a terminal only, and not between the lines of a debug log.
func newBar(interactive bool) *report.Progress {
	if !interactive || option.IsDumb() || option.IsDebugged() {
		return report.NewProgress(os.Stderr, 0)
	}
	// A terminal that does not tell its width has the usual one.
	width := screenOf(os.Stderr).Width
	if width == 0 {
		width = 80
	}
	return report.NewProgress(os.Stderr, width)
}

// progress shows how far a run over many images is; a run over one has nothing to show.
func (i invocation) progress(total int) func(*promotion.Result) {
	if total < 2 {
		return nil
	}
	bar := i.watch()
	bar.Begin("images", total)
	return func(r *promotion.Result) {
		if r.Err != nil {
			bar.Failed(1)
		}
		bar.Done(1)
	}
}
