package inventory

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// Every image path is in one shard, whatever their number.
func TestShardsShareTheWork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		path, total := rapid.String().Draw(t, "path"), rapid.IntRange(1, 100).Draw(t, "total")
		in := 0
		for i := 1; i <= total; i++ {
			if (Shard{Index: i, Total: total}).Has(path) {
				in++
			}
		}
		assert.Equal(t, 1, in)
	})
	assert.True(t, Shard{}.Has("anything"), "no shard is the whole")
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for pattern, paths := range map[string]map[string]bool{
		"team/*": {"team/app": true, "team/a/b": true, "team": false, "ateam/app": false},
		"*app":   {"app": true, "team/app": true, "app2": false},
		"app?":   {"app1": true, "app": false},
		"a.b+c":  {"a.b+c": true, "axb+c": false},
	} {
		for path, want := range paths {
			assert.Equal(t, want, NewPattern(pattern).Matches(path), "%s %s", pattern, path)
		}
	}
}
