package report

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
	// Colour allows colours.
	Colour bool
}

const (
	// pipeProse is how wide sentences are where there is no terminal, and proseWidth how wide they are at most: longer
	// lines are hard to read.
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

// room is the width that is left behind an indent; 0 for as much as there may be.
func (s Screen) room(indent string) int {
	if s.Width == 0 {
		return 0
	}
	return max(s.Width-columns(indent), narrowest)
}

// wrapped breaks sentences at their blanks into lines that fit, each behind an indent.
func (s Screen) wrapped(sentence, indent string) string {
	lines := wrap(sentence, max(s.prose()-columns(indent), narrowest))
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
			line = short(line)
		}
		lines[n] = hanging(line, room)
	}
	return strings.Join(lines, "\n")
}

// lines breaks each line of a text only where a terminal is too narrow for it; what follows is indented.
func (s Screen) lines(text string) string {
	lines := strings.Split(text, "\n")
	for n, line := range lines {
		lines[n] = hanging(line, s.room(gutter))
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
	return indent + strings.Join(wrap(text, room), "\n"+indent+gutter)
}

// name breaks a name only if it is wider than the terminal; what follows its first line is indented more.
func (s Screen) name(name, indent string) string {
	return indent + strings.Join(wrap(name, s.room(indent+"  ")), "\n"+indent+"  ")
}

// digest shows a digest in full where it fits behind an indent, and abbreviates it elsewhere.
func (s Screen) digest(digest, indent string) string {
	if room := s.room(indent); room != 0 && columns(digest) > room {
		return short(digest)
	}
	return printable(digest)
}

// flow puts parts side by side, two blanks apart, and goes on in the next line when one does not fit any more. Lines
// after the first begin with rest.
func (s Screen) flow(first, rest string, parts ...string) string {
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
			line = rest + strings.Join(wrap(part, s.room(rest)), "\n"+rest)
		}
	}
	return all + strings.TrimRight(line, " ")
}

// tint colours the words that somebody looks for in a long list, and no others.
func (s Screen) tint(word string) string {
	if !s.Colour {
		return word
	}
	colour := colourOf(word)
	if colour == 0 {
		return word
	}
	return colour.EscapeSeq() + word + text.EscapeReset
}

func colourOf(word string) text.Color {
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
