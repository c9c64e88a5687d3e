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
