package layouts

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/promotion"
)

// all makes TestEveryLayoutArrives promote each fixture with each kind of server, which takes minutes with the race
// detector; `make layouts` sets it. Otherwise each fixture meets some kinds, and each kind some fixtures.
var all = flag.Bool("layouts.all", false, "promote each fixture with each kind of server")

// every leaves out requests when all is set: only each so-manieth is tried.
var every = flag.Int("layouts.every", 1, "with -layouts.all, try each so-manieth request")

// some returns n kinds of server, others for each number, or all of them.
func some(number, n int) []mode {
	kinds := modes()
	if *all {
		return kinds
	}
	chosen := make([]mode, 0, n)
	for i := range n {
		chosen = append(chosen, kinds[(number+i*len(kinds)/n)%len(kinds)])
	}
	return chosen
}

// TestEveryLayoutArrives promotes each fixture as a copy and as a move into an empty target.
func TestEveryLayoutArrives(t *testing.T) {
	t.Parallel()
	for i, c := range slices.Concat(suffixCases(), referrerCases(), fallbackCases()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.few && testing.Short() {
				t.Skip("hundreds of attachments take too long with the race detector; make layouts promotes them")
			}
			if c.few {
				t.Run(manyPages().name, func(t *testing.T) { copies(t, manyPages(), c) })
				t.Run(withoutAPI().name, func(t *testing.T) { moves(t, withoutAPI(), c) })
				return
			}
			for _, m := range some(i, 3/coarse(3)) {
				t.Run(m.name+"/copy", func(t *testing.T) { copies(t, m, c) })
			}
			for _, m := range some(i+1, 2/coarse(2)) {
				t.Run(m.name+"/move", func(t *testing.T) { moves(t, m, c) })
			}
		})
	}
}

func copies(t *testing.T, m mode, c layoutCase) {
	t.Helper()
	s := newStage(t, m)
	laid := c.build(s)
	story := s.begin(laid.root)
	story.late = laid.late
	result := s.promote(request(false))
	story.arrived(result)
	warned(t, result, laid.warns)
	assert.Equal(t, story.sourceFolders, s.folders(s.app), "the source of a copy")
	story.again(false)
}

func moves(t *testing.T, m mode, c layoutCase) {
	t.Helper()
	s := newStage(t, m)
	laid := c.build(s)
	stays := append(s.bystanders(), laid.stays...)
	story := s.begin(laid.root)
	story.late = laid.late
	story.arrived(s.promote(request(true)))
	if laid.goes != nil {
		stays = nil
		for folder := range story.sourceFolders {
			if !slices.Contains(laid.goes, folder) {
				stays = append(stays, folder)
			}
		}
	}
	story.left(stays...)
	story.again(true)
}

func warned(t *testing.T, result *promotion.Result, parts []string) {
	t.Helper()
	for _, part := range parts {
		assert.True(t, slices.ContainsFunc(result.Warnings, func(w string) bool { return strings.Contains(w, part) }),
			"%q in %q", part, result.Warnings)
	}
}

// TestStaleAttachmentsAreListed: what is attached to a digest that nothing has any more does not travel, and is told
// of.
func TestStaleAttachmentsAreListed(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	laid := stale(s)
	r := request(false)
	r.Source.Tag, r.Target.Tag = "", ""
	summary, err := s.engine.Run(t.Context(), r, 1)
	require.NoError(t, err)
	assert.Equal(t, laid.stays, summary.Remaining)
}
