package layouts

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/promotion"
)

// errKilled is what a process sees that is not there any more: nothing of it reaches anybody.
var errKilled = errors.New("killed")

// kill ends the plugin at its kth request, before or after the server carried it out: nothing that it sends later
// arrives.
func (s *stage) kill(k int, after bool) {
	seen := 0
	s.wire.answer = func(r *http.Request, body []byte) *reply {
		seen++
		if seen < k {
			return nil
		}
		if seen == k && after {
			serve(s.server, r, body)
		}
		return &reply{err: errKilled}
	}
}

// TestCrashSweep kills each promotion at each of its requests, before and after the server carried it out. After the
// kill the target tag is what it was, or shows the image whole; nothing is lost at the target; the source is whole
// until the target is. The same command then ends exactly where an undisturbed run does. `make sweep` tries every
// request and prints how many points there were.
func TestCrashSweep(t *testing.T) {
	t.Parallel()
	var points atomic.Int64
	t.Cleanup(func() {
		t.Logf("crash sweep: %d promotions killed, %d kinds of promotion", points.Load(), len(undertakings()))
	})
	for i, u := range undertakings() {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			end, requests := u.undisturbed(t)
			for k := 1 + first(i); k <= requests; k += stride(41) {
				for _, after := range []bool{false, true} {
					points.Add(1)
					u.crashed(t, k, after, end)
				}
			}
		})
	}
}

// stride returns the step between the requests that are tried: n, or 1 when all are.
func stride(n int) int {
	if *all {
		return *every
	}
	return n * coarse(3)
}

// first lets each undertaking start with another request, so that together they try many.
func first(i int) int {
	if *all {
		return i % *every
	}
	return i * 5 % 41
}

// undisturbed returns the end state of a run, and how many requests it takes.
func (u undertaking) undisturbed(t *testing.T) (end endState, requests int) {
	t.Helper()
	s := newStage(t, u.mode)
	story := u.start(s)
	story.arrived(s.promote(u.request))
	return s.end(), len(s.wire.requests())
}

// endState is everything that a server holds: files by path with their digests, and their properties.
type endState struct {
	files      map[string]string
	properties map[string]map[string][]string
}

// differs lists what another state has more, less and otherwise; nothing if both are the same.
func (e endState) differs(other endState) []string {
	var all []string
	for path := range e.files {
		if other.files[path] != e.files[path] {
			all = append(all, fmt.Sprintf("%s is %q, not %q", path, other.files[path], e.files[path]))
		}
	}
	for path := range other.files {
		if _, known := e.files[path]; !known {
			all = append(all, path+" should not be there")
		}
	}
	for path := range e.properties {
		if !reflect.DeepEqual(e.properties[path], other.properties[path]) {
			all = append(all, fmt.Sprintf("%s has the properties %v, not %v", path, other.properties[path], e.properties[path]))
		}
	}
	return all
}

func (s *stage) end() endState {
	return endState{files: s.server.Snapshot(), properties: s.server.SnapshotProperties()}
}

func (u undertaking) crashed(t *testing.T, k int, after bool, end endState) {
	t.Helper()
	s := newStage(t, u.mode)
	story := u.start(s)
	s.kill(k, after)
	_ = s.promoteAnyhow(u)
	story.safe()
	s.wire.reset()
	result := s.promote(u.request)
	require.NoError(t, result.Err, "the rerun after request %d, after=%t", k, after)
	require.Empty(t, end.differs(s.end()), "the rerun after request %d, after=%t", k, after)
	assert.Zero(t, story.early.Load(), "an unsigned moment around request %d, after=%t", k, after)
}

// promoteAnyhow runs the plugin once, however it ends.
func (s *stage) promoteAnyhow(u undertaking) *promotion.Result {
	s.t.Helper()
	summary, err := s.engine.Run(s.t.Context(), u.request, 1)
	if err != nil || len(summary.Results) == 0 {
		return &promotion.Result{Err: err}
	}
	return summary.Results[0]
}

// safe asserts what holds at any moment between two runs.
func (st *story) safe() {
	st.t.Helper()
	st.untouched()
	want := union(st.source, st.before)
	now := st.walk(st.target, append(want.known(), st.root)...)
	assert.True(st.t, now.holds(st.before), "something was lost at the target")
	complete := st.tagged() == st.root.String()
	if complete {
		assert.True(st.t, now.holds(want), "the tag shows the image, but not all that hangs on it")
		assert.Empty(st.t, now.broken)
		return
	}
	assert.Equal(st.t, st.formerly, st.tagged(), "the target tag")
	assert.Equal(st.t, st.sourceFolders, st.folders(st.app), "the source, while the target does not show the image")
}
