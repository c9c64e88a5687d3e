package aql

import "unicode/utf8"

// matches reports whether the whole value fits the pattern: "*" is any text, "/" included and possibly none, "?" is any
// one character; everything else, "_" and "%" too, stands for itself.
func matches(pattern, value string) bool {
	// Only the last star needs to be revisited: an earlier one can never do better by taking more.
	star, resume := -1, 0
	p, v := 0, 0
	for v < len(value) {
		_, width := utf8.DecodeRuneInString(value[v:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, v
			p++
		case p < len(pattern) && pattern[p] == '?':
			p, v = p+1, v+width
		case p < len(pattern) && pattern[p] == value[v]:
			p, v = p+1, v+1
		case star >= 0:
			_, width = utf8.DecodeRuneInString(value[resume:])
			resume += width
			p, v = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
