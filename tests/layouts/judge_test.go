package layouts

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// union returns what a target has to show that had before and got source.
func union(source, before sighted) sighted {
	sum := sighted{
		links: maps.Clone(source.links), entries: maps.Clone(source.entries),
		records: maps.Clone(source.records), types: maps.Clone(source.types),
	}
	sum.reached = append(slices.Clone(source.reached), before.reached...)
	maps.Copy(sum.links, before.links)
	for e, n := range before.entries {
		sum.entries[e] = max(n, sum.entries[e])
	}
	maps.Copy(sum.types, before.types)
	for folder, d := range before.records {
		switch {
		case before.covers(folder, source):
			sum.records[folder] = d
		case source.covers(folder, before):
		default:
			// A merge makes a new manifest.
			delete(sum.types, d)
			delete(sum.types, source.records[folder])
			delete(sum.records, folder)
		}
	}
	// A manifest that was replaced by one with more entries is behind no tag any more, and its bytes may be gone.
	for _, side := range []sighted{source, before} {
		for folder, d := range side.records {
			if sum.records[folder] != d && !slices.Contains(slices.Collect(maps.Values(sum.records)), d) {
				delete(sum.types, d)
			}
		}
	}
	return sum
}

// covers reports whether a record has every entry of the other side's.
func (s sighted) covers(folder string, other sighted) bool {
	if _, both := other.records[folder]; !both || s.records[folder] == "" {
		return !both
	}
	for e, n := range other.entries {
		if len(e) > len(folder) && e[:len(folder)+1] == folder+" " && s.entries[e] < n {
			return false
		}
	}
	return true
}

// shows asserts that all of what is wanted is there, and nothing else.
func (s sighted) shows(t *testing.T, want sighted) {
	t.Helper()
	assert.Equal(t, want.links, s.links, "what is attached")
	assert.Equal(t, want.entries, s.entries, "the entries of .sig and .att")
	for folder, d := range want.records {
		assert.Equal(t, d, s.records[folder], "the bytes of %s", folder)
	}
	for d, mediaType := range want.types {
		assert.Equal(t, mediaType, s.types[d], "the media type of %s", d)
	}
	assert.Empty(t, s.broken, "blobs that are not there")
	assert.Empty(t, s.hidden, "referrers that ordinary clients do not see")
}

// holds reports whether s has everything that want has.
func (s sighted) holds(want sighted) bool {
	for a := range want.links {
		if !s.links[a] {
			return false
		}
	}
	for e, n := range want.entries {
		if s.entries[e] < n {
			return false
		}
	}
	return true
}

// known returns every digest that was reached, where another walk begins: what is attached to a record that was merged
// is attached to a digest that no tag leads to any more.
func (s sighted) known() []digest.Digest { return s.reached }

// guard counts the changes after which the target tag shows the image though something is not attached yet, or
// something that is neither the image nor what it showed before.
func (st *story) guard(want sighted) *atomic.Int64 {
	var early atomic.Int64
	st.server.OnChange(func() {
		if strings.HasPrefix(st.wire.now, http.MethodDelete+" /artifactory/"+st.app.Repo+"/") {
			return
		}
		switch shown := st.tagged(); {
		case shown == st.root.String() && !st.walk(st.target, want.known()...).holds(want):
			early.Add(1)
		case shown != st.root.String() && shown != st.formerly && !st.races:
			early.Add(1)
		}
	})
	return &early
}

// story is one promotion with everything that is asked of each.
type story struct {
	*stage
	root           digest.Digest
	source, before sighted
	sourceFolders  map[string]map[string]string
	targetFolders  map[string]map[string]string
	// formerly is the digest that the target tag shows at the beginning, or "".
	formerly string
	early    *atomic.Int64
	// late allows that something is attached only after the tag became visible.
	late bool
	// nests allows folders in folders.
	nests bool
	// races allows that the target tag shows something else for a moment, since somebody else writes it, or pushes the
	// source tag.
	races bool
	// streams allows that the bytes of what is attached, images among it, pass through the plugin: the server links
	// nothing.
	streams bool
}

// begin remembers both sides.
func (s *stage) begin(root digest.Digest) *story {
	st := &story{stage: s, root: root, source: s.walk(s.app, root)}
	st.before = s.walk(s.target, append(st.source.known(), root)...)
	st.sourceFolders, st.targetFolders = s.folders(s.app), s.folders(s.target)
	st.formerly = s.tagged()
	st.early = st.guard(union(st.source, st.before))
	s.server.ResetLog()
	return st
}

// arrived asserts what every promotion has to reach.
func (st *story) arrived(result *promotion.Result) {
	st.t.Helper()
	require.NoError(st.t, result.Err)
	st.untouched()
	want := union(st.source, st.before)
	after := st.walk(st.target, append(want.known(), st.root)...)
	after.shows(st.t, want)
	for link := range st.source.links {
		if !st.before.links[link] {
			assert.Empty(st.t, after.wrong[link], "the entry of a fallback tag")
		}
	}
	assert.Equal(st.t, st.root.String(), st.tagged())
	assert.True(st.t, st.late || st.early.Load() == 0, "the tag was visible before everything was attached")
	for folder, files := range st.targetFolders {
		assert.Contains(st.t, st.folders(st.target), folder)
		if folder == "other" {
			assert.Equal(st.t, files, st.folders(st.target)[folder])
		}
	}
	if !st.nests {
		st.noneNested()
	}
	stats := st.server.Stats()
	assert.True(st.t, st.streams || stats.LayerBytesDown+stats.LayerBytesUp == 0,
		"bytes of image layers through the client")
}

// noneNested asserts that no folder was copied into another.
func (st *story) noneNested() {
	st.t.Helper()
	for folder, files := range st.folders(st.target) {
		for file := range files {
			assert.NotContains(st.t, file, "/", "nested in %s", folder)
		}
	}
}

// again promotes once more and asserts that nothing is left to do.
func (st *story) again(move bool) {
	st.t.Helper()
	st.againAs(request(move))
}

func (st *story) againAs(r plan.Request) {
	st.t.Helper()
	st.wire.reset()
	result := st.promote(r)
	require.NoError(st.t, result.Err)
	assert.Equal(st.t, promotion.AlreadyThere, result.Outcome)
	assert.Empty(st.t, st.wire.writes())
}

// left asserts that after a copy or move exactly the named folders of the source are left, as they were.
func (st *story) left(folders ...string) {
	st.t.Helper()
	want := map[string]map[string]string{}
	for _, folder := range folders {
		require.Contains(st.t, st.sourceFolders, folder)
		want[folder] = st.sourceFolders[folder]
	}
	assert.Equal(st.t, want, st.folders(st.app), "what is left at the source")
}

// bystanders are the folders of the image that is not promoted.
func (s *stage) bystanders() []string {
	files := s.folders(s.app)["other"]
	return []string{"other", fixture.SuffixTag("", digest.Digest("sha256:"+files["manifest.json"]), "sig")}
}
