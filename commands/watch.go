package commands

import (
	"os"

	"github.com/signed-promote/signed-promote/utils/report"
)

// watch shows on stderr how a run gets on: a line that is written anew at a terminal, a line now and then elsewhere.
func (i invocation) watch() *report.Progress {
	return report.NewProgress(os.Stderr, i.interactive)
}
