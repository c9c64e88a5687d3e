package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are what a run reads from and writes to.
type Streams struct {
	// In answers questions.
	In io.Reader
	// Out takes data, and nothing else goes there; Err takes the rest. Either may be a terminal, or none.
	Out, Err Output
	// Interactive allows progress and questions.
	Interactive bool
}

// Output is a stream with what it writes on.
type Output struct {
	io.Writer
	Screen
}

// NewStreams returns the streams of the process, which may be coloured where they are terminals.
func NewStreams(color, interactive bool) Streams {
	return Streams{
		In: os.Stdin, Out: Output{os.Stdout, ScreenOf(os.Stdout, color)}, Err: Output{os.Stderr, ScreenOf(os.Stderr, color)},
		Interactive: interactive,
	}
}

// ScreenOf reports what a file writes on: a terminal with its width, or no terminal. One whose width cannot be told is
// treated like a pipe, but for colours.
func ScreenOf(f *os.File, color bool) Screen {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return Screen{}
	}
	width, _, err := term.GetSize(fd)
	if err != nil {
		width = 0
	}
	return Screen{Width: max(width, 0), Color: color}
}
