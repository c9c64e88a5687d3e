package sanitize_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, line, lines string }{
		"as it is":          {"docker-dev/äpp:1.0 …", "docker-dev/äpp:1.0 …", "docker-dev/äpp:1.0 …"},
		"clears the screen": {"a\x1b[2J", "a?[2J", "a?[2J"},
		"sets the title":    {"\x1b]0;t\x07", "?]0;t?", "?]0;t?"},
		"a C1 control":      {"a\u009b31m", "a?31m", "a?31m"},
		"a C1 byte":         {"a\x9b31m", "a\ufffd31m", "a\ufffd31m"},
		"other direction":   {"a\u202eb\u2066c", "a?b?c", "a?b?c"},
		"no width":          {"a\u200bb\ufeff", "a?b?", "a?b?"},
		"lines":             {"a\nb\tc\rd\u2028e", "a?b?c?d?e", "a\nb\tc?d?e"},
		"wide blanks":       {"1\u00a0%", "1?%", "1\u00a0%"},
	} {
		assert.Equal(t, tt.line, sanitize.Line(tt.text), name)
		assert.Equal(t, tt.lines, sanitize.Lines(tt.text), name)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("a\x1b[31m\x9b\u202e\n")
	f.Fuzz(func(t *testing.T, s string) {
		assert.False(t, strings.ContainsFunc(sanitize.Line(s), func(r rune) bool { return !unicode.IsPrint(r) }))
		assert.False(t, strings.ContainsFunc(sanitize.Lines(s), unicode.IsControl) && !strings.ContainsAny(s, "\n\t"))
	})
}
