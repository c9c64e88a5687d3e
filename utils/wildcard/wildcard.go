// Package wildcard compares names with patterns, in which * stands for any characters, slashes too, and ? for one.
package wildcard

import (
	"regexp"
	"strings"
)

// Pattern is a pattern of whole names.
type Pattern struct {
	text    string
	matcher *regexp.Regexp
}

// New reads a pattern.
func New(text string) Pattern {
	return Pattern{text: text, matcher: regexp.MustCompile("^" + Expression(text, ".") + "$")}
}

// Matches reports whether a name as a whole is what the pattern describes.
func (p Pattern) Matches(name string) bool { return p.matcher.MatchString(name) }

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Expression returns the regular expression of a pattern whose wildcards stand for characters of a class.
func Expression(pattern, class string) string {
	return strings.NewReplacer(`\*`, class+"*", `\?`, class).Replace(regexp.QuoteMeta(pattern))
}
