package traffic

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// at makes a request that runs from start to end.
func at(start, end int) Request {
	base := time.Unix(0, 0)
	return Request{Start: base.Add(time.Duration(start)), End: base.Add(time.Duration(end))}
}

func TestDepth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		log  []Request
		want int
	}{
		"none":           {nil, 0},
		"one":            {[]Request{at(0, 1)}, 1},
		"one by one":     {[]Request{at(0, 1), at(1, 2), at(2, 3)}, 3},
		"all at once":    {[]Request{at(0, 9), at(1, 9), at(2, 9)}, 1},
		"beside a chain": {[]Request{at(0, 100), at(0, 1), at(2, 3), at(4, 5)}, 3},
		"out of order":   {[]Request{at(4, 5), at(0, 1), at(2, 3)}, 3},
	} {
		assert.Equal(t, c.want, depth(c.log), name)
	}
}

func TestInFlight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		log  []Request
		want int
	}{
		"none":           {nil, 0},
		"one by one":     {[]Request{at(0, 1), at(1, 2), at(2, 3)}, 1},
		"all at once":    {[]Request{at(0, 9), at(1, 9), at(2, 9)}, 3},
		"beside a chain": {[]Request{at(0, 100), at(0, 1), at(2, 3), at(4, 5)}, 2},
		"out of order":   {[]Request{at(4, 6), at(0, 5), at(2, 5)}, 3},
	} {
		assert.Equal(t, c.want, inFlight(c.log), name)
	}
}

// The definition, computed the slow way.
func TestDepthIsWhatItsDefinitionSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var log []Request
		for range rapid.IntRange(0, 12).Draw(t, "requests") {
			start := rapid.IntRange(0, 30).Draw(t, "start")
			log = append(log, at(start, start+rapid.IntRange(1, 10).Draw(t, "length")))
		}
		want := 0
		for _, r := range log {
			want = max(want, slowDepth(log, r))
		}
		assert.Equal(t, want, depth(log))
	})
}

func slowDepth(log []Request, r Request) int {
	deepest := 0
	for _, q := range log {
		if !q.End.After(r.Start) {
			deepest = max(deepest, slowDepth(log, q))
		}
	}
	return deepest + 1
}
