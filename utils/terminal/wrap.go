package terminal

import (
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

var (
	// whole is what is not broken: a digest, abbreviated or not, with its algorithm and what a tag has behind it.
	whole = regexp.MustCompile(`(?:[a-z0-9]+[:-])?(?:[0-9a-f]{12}…|[0-9a-f]{64,128})(?:\.[A-Za-z0-9]+)?`)
	// joint is a part of a name up to where a name may be broken: behind what separates its parts.
	joint = regexp.MustCompile(`[^/:@=,;]*[/:@=,;]+|[^/:@=,;]+`)
	// inner is a part of a part, which is broken only where that is too wide for a line.
	inner = regexp.MustCompile(`[^.-]*[.-]+|[^.-]+`)
)

// Wrap breaks a text into lines of at most so many columns: at blanks, a word that does not fit by itself behind its
// separators, and only what has none anywhere. Abbreviated digests stay in one piece. A width of 0 breaks nothing.
func Wrap(s string, width int) []string {
	if width <= 0 || columns(s) <= width {
		return []string{s}
	}
	w := wrapper{width: width}
	for _, word := range strings.Fields(s) {
		w.word(word)
	}
	return append(w.lines, w.line)
}

// wrapper fills lines.
type wrapper struct {
	width int
	lines []string
	line  string
}

func (w *wrapper) word(word string) {
	gap := ""
	if w.line != "" {
		gap = " "
	}
	if w.fits(gap + word) {
		w.line += gap + word
		return
	}
	parts := []string{word}
	if columns(word) > w.width {
		parts = pieces(word)
	}
	for _, part := range parts {
		w.part(gap, part)
		gap = ""
	}
}

func (w *wrapper) part(gap, part string) {
	smaller := []string{part}
	if columns(part) > w.width && !whole.MatchString(part) {
		smaller = inner.FindAllString(part, -1)
	}
	for _, one := range smaller {
		w.piece(gap, one)
		gap = ""
	}
}

// piece adds a part of a word, and cuts it where it likes if even a line of its own is too short.
func (w *wrapper) piece(gap, part string) {
	if w.fits(gap + part) {
		w.line += gap + part
		return
	}
	if w.line != "" {
		w.lines, w.line = append(w.lines, w.line), ""
	}
	for _, r := range part {
		if !w.fits(string(r)) {
			w.lines, w.line = append(w.lines, w.line), ""
		}
		w.line += string(r)
	}
}

func (w *wrapper) fits(s string) bool { return columns(w.line)+columns(s) <= w.width }

// pieces takes a word apart at its joints.
func pieces(word string) []string {
	var all []string
	last := 0
	for _, at := range whole.FindAllStringIndex(word, -1) {
		all = append(append(all, joint.FindAllString(word[last:at[0]], -1)...), word[at[0]:at[1]])
		last = at[1]
	}
	return append(all, joint.FindAllString(word[last:], -1)...)
}

// needed is the width below which a text would be cut where it likes. Long parts of names are cut before a table gives
// up.
func needed(s string) int {
	const cut = 24
	n := 0
	for _, word := range strings.Fields(s) {
		for _, part := range pieces(word) {
			if whole.MatchString(part) {
				n = max(n, columns(part))
				continue
			}
			n = max(n, min(columns(part), cut))
		}
	}
	return n
}

// Pad fills a text with blanks up to a width.
func Pad(s string, width int) string { return text.AlignLeft.Apply(s, width) }
