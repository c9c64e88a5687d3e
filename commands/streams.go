package commands

import (
	"os"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// onStderr fits a message to the terminal that stderr may be, and to the width that it has by now.
func onStderr(message string) string {
	return terminal.ScreenOf(os.Stderr, option.WantsColor()).Message(message)
}

// newBar shows on stderr how a run gets on: a line that is written anew at a terminal, a line now and then elsewhere
// and between the lines of a debug log. The line is gone before a result is printed.
func newBar(streams terminal.Streams) *terminal.Progress {
	if !streams.Interactive || option.IsDumb() || option.IsDebugged() {
		return terminal.NewProgress(streams.Err, 0)
	}
	width := streams.Err.Width
	if width == 0 {
		// A terminal that does not tell its width has the usual one.
		width = 80
	}
	return terminal.NewProgress(streams.Err, width)
}

// progress shows how far a run over many images is; a run over one has nothing to show.
func (i invocation) progress(total int) func(*promotion.Result) {
	if total < 2 {
		return nil
	}
	i.bar.Begin("images", total)
	return func(r *promotion.Result) {
		if r.Err != nil {
			i.bar.Failed(1)
		}
		i.bar.Done(1)
	}
}
