package commands

import (
	"os"

	"golang.org/x/term"

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
	return report.Screen{Width: max(width, 0), Colour: wantsColour()}
}

// onStderr fits a message to the terminal that stderr may be.
func onStderr(message string) string { return screenOf(os.Stderr).Message(message) }
