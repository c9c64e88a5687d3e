package sanitize_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

func TestMessage(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"plain – text", "plain – text"},
		{"two\r\nlines\tand a tab", "two  lines and a tab"},
		{"\x1b]0;title\x07\x1b[2Jred", "]0;title[2Jred"},
		{"c1 \u009b2J", "c1 2J"},
		{"bidi \u202eevil\u2069 \u200b\ufeff", "bidi evil "},
		{"bad \xff\xfe utf-8", "bad  utf-8"},
		{"see https://user:p@ss@host/path@v1?a=b@c", "see https://host/path@v1?a=b@c"},
		{`proxy "http://u:p@proxy:3128"`, `proxy "http://proxy:3128"`},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, sanitize.Message(tt.in))
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("https://u:p@h/\x1b[0m")
	f.Add("://:// @")
	f.Fuzz(func(t *testing.T, in string) {
		out := sanitize.Message(in)
		for _, r := range out {
			if r != ' ' && !unicode.IsPrint(r) {
				t.Errorf("%q keeps %q", in, r)
			}
		}
		if !utf8.ValidString(out) || sanitize.Message(out) != out {
			t.Errorf("%q gives %q", in, out)
		}
	})
}

func TestShorten(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "äö", sanitize.Shorten("äö", 2))
	assert.Equal(t, "ä…", sanitize.Shorten("äö", 1))
}
