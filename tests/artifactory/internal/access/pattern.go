// Package access holds the users of the double and decides what they may do.
package access

import (
	"regexp"
	"strings"
)

// Pattern is an Ant pattern for paths, as Artifactory uses it in permissions and repository settings:
// * and ? stay within a segment, ** crosses segments.
type Pattern struct{ re *regexp.Regexp }

// ParsePattern compiles s; the empty pattern matches everything.
func ParsePattern(s string) Pattern {
	if s == "" || s == "**" || s == "**/*" {
		return Pattern{}
	}
	var b strings.Builder
	b.WriteString("^")
	for s != "" {
		var token string
		token, s = next(s)
		b.WriteString(token)
	}
	b.WriteString("$")
	return Pattern{re: regexp.MustCompile(b.String())}
}

// next translates the first token of an Ant pattern to a regular expression.
func next(s string) (expression, rest string) {
	switch {
	case s == "/**":
		return "(/.*)?", ""
	case strings.HasPrefix(s, "**/"):
		return "(.*/)?", s[3:]
	case strings.HasPrefix(s, "**"):
		return ".*", s[2:]
	case s[0] == '*':
		return "[^/]*", s[1:]
	case s[0] == '?':
		return "[^/]", s[1:]
	default:
		return regexp.QuoteMeta(s[:1]), s[1:]
	}
}

// Match reports whether a path below the repository, without a leading slash, matches.
func (p Pattern) Match(path string) bool { return p.re == nil || p.re.MatchString(path) }

// MatchAny reports whether one of the patterns matches.
func MatchAny(patterns []string, path string) bool {
	for _, p := range patterns {
		if ParsePattern(p).Match(path) {
			return true
		}
	}
	return false
}
