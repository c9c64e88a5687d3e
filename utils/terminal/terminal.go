// Package terminal writes for people: texts, tables and progress that fit the terminal they are shown at, or no
// terminal.
package terminal

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Screen is what a text is written for. The zero value is a pipe or a file: a row stays on one line there, for grep,
// and nothing is coloured.
type Screen struct {
	// Width is that of the terminal, in columns; 0 where there is none.
	Width int
	// Color allows colours.
	Color bool
}

const (
	// pipeProse is how wide sentences are where there is no terminal, and proseWidth how wide they are at most: longer
	// Lines are hard to read.
	pipeProse  = 80
	proseWidth = 100
	// narrowest is what a text is laid out for at least; a narrower terminal breaks the lines itself.
	narrowest = 24
)

// prose is the width of sentences.
func (s Screen) prose() int {
	if s.Width == 0 {
		return pipeProse
	}
	return min(s.Width, proseWidth)
}

// Room is the width that is left behind an indent; 0 for as much as there may be.
func (s Screen) Room(indent string) int {
	if s.Width == 0 {
		return 0
	}
	return max(s.Width-columns(indent), narrowest)
}

// Wrapped breaks sentences at their blanks into lines that fit, each behind an indent.
func (s Screen) Wrapped(sentence, indent string) string {
	lines := Wrap(sentence, max(s.prose()-columns(indent), narrowest))
	return indent + strings.Join(lines, "\n"+indent)
}

// logPrefix is how wide the log's time and level are, which stand before a message.
const logPrefix = 20

// fullDigest is how wide a sha256 digest is.
const fullDigest = len("sha256:") + 64

// Message breaks a message for the log at its blanks. Digests that fit into a line stay whole, so that they can be
// copied.
func (s Screen) Message(message string) string {
	if s.Width == 0 {
		return message
	}
	room := max(s.prose()-logPrefix, narrowest)
	lines := strings.Split(message, "\n")
	for n, line := range lines {
		if room < fullDigest {
			line = Short(line)
		}
		lines[n] = hanging(line, room)
	}
	return strings.Join(lines, "\n")
}

// Lines breaks each line of a text only where a terminal is too narrow for it; what follows is indented.
func (s Screen) Lines(text string) string {
	lines := strings.Split(text, "\n")
	for n, line := range lines {
		lines[n] = hanging(line, s.Room(Gutter))
	}
	return strings.Join(lines, "\n")
}

// hanging breaks a line that may be indented, and indents what follows more.
func hanging(line string, room int) string {
	text := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(text)]
	if room > 0 {
		room = max(room-len(indent), narrowest)
	}
	return indent + strings.Join(Wrap(text, room), "\n"+indent+Gutter)
}

// Name breaks a name only if it is wider than the terminal; what follows its first line is indented more.
func (s Screen) Name(name, indent string) string {
	return indent + strings.Join(Wrap(name, s.Room(indent+"  ")), "\n"+indent+"  ")
}

// Digest shows a digest in full where it fits behind an indent, and abbreviates it elsewhere.
func (s Screen) Digest(digest, indent string) string {
	if room := s.Room(indent); room != 0 && columns(digest) > room {
		return Short(digest)
	}
	return Printable(digest)
}

// Flow puts parts side by side, two blanks apart, and goes on in the next line when one does not fit any more. Lines
// after the first begin with rest.
func (s Screen) Flow(first, rest string, parts ...string) string {
	line, all, begun := first, "", false
	for _, part := range parts {
		switch {
		case part == "":
		case !begun:
			line, begun = line+part, true
		case s.Width == 0 || columns(line)+2+columns(part) <= s.Width:
			line += "  " + part
		default:
			all += strings.TrimRight(line, " ") + "\n"
			line = rest + strings.Join(Wrap(part, s.Room(rest)), "\n"+rest)
		}
	}
	return all + strings.TrimRight(line, " ")
}

// Colored colours the words that somebody looks for in a long list, and no others.
func (s Screen) Colored(word string) string {
	if !s.Color {
		return word
	}
	color := colorOf(word)
	if color == 0 {
		return word
	}
	return color.EscapeSeq() + word + text.EscapeReset
}

func colorOf(word string) text.Color {
	bad := []string{
		"failed", "refused", "failure", "MISSING", "[MISSING]", "[DIFFERS]", "lost", "broken", "unsigned",
		"not signed", "unread", "not-verified", "refuses",
	}
	doubtful := []string{"partly", "unknown", "not done", "skipped", "depends", "copied", "not-begun"}
	good := []string{"promoted", "repaired", "signed", "verified", "ok", "success", "accepts"}
	switch {
	case slices.Contains(bad, word):
		return text.FgRed
	case slices.Contains(doubtful, word):
		return text.FgYellow
	case slices.Contains(good, word):
		return text.FgGreen
	default:
		return 0
	}
}

// columns is how many columns a text takes at a terminal.
func columns(s string) int { return text.StringWidthWithoutEscSequences(s) }
