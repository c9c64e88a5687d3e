// Package sanitize makes text that came from a registry fit to be shown: names, annotations and error pages must not
// move the cursor of a terminal, change its colours or title, turn text around or add lines that look like the plugin's
// own.
package sanitize

import (
	"regexp"
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

// userinfo finds the user and password of an address inside a text.
var userinfo = regexp.MustCompile(`://[^\s/?#"']*@`)

// Message makes what a server or a library says fit for an error or a log: one line, printable characters only (no
// escape sequences, no bidirectional overrides), no user and password in addresses.
func Message(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r) && r != unicode.ReplacementChar:
			return r
		default:
			return -1
		}
	}, text)
	return userinfo.ReplaceAllString(text, "://")
}

// Shorten cuts a text off behind so many characters, and shows that it did.
func Shorten(text string, characters int) string {
	runes := []rune(text)
	if len(runes) <= characters {
		return text
	}
	return string(runes[:characters]) + "…"
}
