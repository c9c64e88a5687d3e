package wildcard_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/wildcard"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	for pattern, names := range map[string]map[string]bool{
		"team/*": {"team/app": true, "team/a/b": true, "team": false, "ateam/app": false},
		"*app":   {"app": true, "team/app": true, "app2": false},
		"app?":   {"app1": true, "appé": true, "app": false},
		"a.b+c":  {"a.b+c": true, "axb+c": false},
		"a*b*c":  {"a-b-b-c": true, "acb": false},
		"ab*ba":  {"aba": false, "abba": true},
		`a\*`:    {`a\b`: true, "a*": false},
	} {
		for name, want := range names {
			assert.Equal(t, want, wildcard.New(pattern).Matches(name), "%s %s", pattern, name)
		}
	}
}

func TestExpression(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `a\.[^:]*b[^:]`, wildcard.Expression("a.*b?", "[^:]"))
}
