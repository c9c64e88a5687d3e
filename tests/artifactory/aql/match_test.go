package aql

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, value string
		want           bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b", true},
		{"?", "", false},
		{"?", "é", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-c-b", false},
		{"*.sig", "sha256-1.sig", true},
		{"*.sig", "sha256-1.sig.att", false},
		{"[a]", "a", false},
		{"a%", "ab", false},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, matches(tt.pattern, tt.value), "%q on %q", tt.pattern, tt.value)
	}
}

// The matcher is compared with the regular expression that says the same.
func TestMatchesLikeRegexp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab/é*?_")), 0, 8, -1).Draw(t, "pattern")
		value := rapid.StringOfN(rapid.RuneFrom([]rune("ab/é_")), 0, 10, -1).Draw(t, "value")
		expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		assert.Equal(t, regexp.MustCompile(`^(?s:`+expression+`)$`).MatchString(value), matches(pattern, value))
	})
}
