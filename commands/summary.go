package commands

import (
	"fmt"
	"os"

	"github.com/jfrog/jfrog-client-go/utils/log"
)

// summarised is a result that has a form in Markdown.
type summarised interface{ Summary() string }

// summarise adds a result to the file that a CI system shows with the run. The result itself is on stdout: that the
// file cannot be written is told, and is no reason to fail what is done.
func (i invocation) summarise(r summarised) {
	if i.summary == "" {
		return
	}
	if err := appendTo(i.summary, r.Summary()+"\n"); err != nil {
		log.Warn(fmt.Sprintf("The summary could not be written (%s): %v", summaryVariable, err))
	}
}

// appendTo adds to a file, which other steps may have begun.
func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the file that the CI system names
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
