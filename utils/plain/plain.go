// Package plain makes text that came from a registry fit to be shown: names, annotations and error pages must not move
// the cursor of a terminal, change its colours or title, turn text around or add lines that look like the plugin's own.
package plain

import (
	"strings"
	"unicode"
)

// Line shows everything that is not printable as '?', line breaks and tabs too.
func Line(s string) string { return strings.Map(printable, s) }

// Lines is Line for a text that is meant to have several lines: line breaks, tabs and blanks of any width stay.
func Lines(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.Is(unicode.Zs, r) {
			return r
		}
		return printable(r)
	}, s)
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return '?'
}
