package layouts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// half is a promotion or copy that leaves something out.
type half struct {
	name  string
	fault artifactory.Fault
	// copyStatus is what a copy with errors is answered with; 0 leaves it as it is.
	copyStatus int
}

const (
	oneBlob  = "^" + prod + "/.*/sha256__"
	children = "^" + prod + "/.*/sha256:"
)

// halfDone are the ways in which a server fails in the middle: it has written the manifest, and not yet a blob or a
// child.
func halfDone() []half {
	promotions := artifactory.Match{Method: http.MethodPost, Path: "/v2/promote"}
	copies := artifactory.Match{Method: http.MethodPost, Path: "/api/copy/.*[?]to=[^&]*$"}
	var all []half
	for _, status := range []int{
		http.StatusInternalServerError, http.StatusGatewayTimeout, http.StatusConflict,
		http.StatusPartialContent, 0,
	} {
		without := func(what string, out artifactory.Half) half {
			return half{
				name:  fmt.Sprintf("a promotion without %s, %d", what, status),
				fault: artifactory.Fault{Match: promotions, Status: status, Half: &out},
			}
		}
		all = append(all, without("a blob", artifactory.Half{Without: oneBlob, Files: 1}),
			without("its children", artifactory.Half{Without: children}))
	}
	for _, status := range []int{http.StatusConflict, http.StatusOK} {
		all = append(all, half{
			name: fmt.Sprintf("a copy without a blob, %d", status), copyStatus: status,
			fault: artifactory.Fault{Match: copies, Half: &artifactory.Half{Without: oneBlob, Files: 1}},
		})
	}
	return append(all, half{
		name:  "a copy without a blob, 504",
		fault: artifactory.Fault{Match: copies, Status: http.StatusGatewayTimeout, Half: &artifactory.Half{Without: oneBlob}},
	})
}

// torn names what the folders of an image lack of what their manifests name, from what the double has stored.
func (s *stage) torn(image fixture.Image) []string {
	var all []string
	for folder, files := range s.folders(image) {
		sha, served := files["list.manifest.json"]
		if !served {
			sha = files["manifest.json"]
		}
		content, _ := s.server.Content(sha)
		var m document
		if json.Unmarshal(content, &m) != nil {
			continue
		}
		for _, b := range m.needs(s) {
			if _, there := files["sha256__"+b.Encoded()]; !there {
				all = append(all, folder+" lacks "+b.String())
			}
		}
		for _, child := range m.Manifests {
			if s.folders(s.app)[child.Digest.String()] != nil && s.folders(image)[child.Digest.String()] == nil {
				all = append(all, folder+" lacks its child "+child.Digest.String())
			}
		}
	}
	return all
}

// TestHalfDone lets each promotion and each copy of each kind of promotion leave something out, once: the answer is an
// error, or a success, or one that says both. Where the run ends well, the target has every file that its manifests
// name; else the source has what the target lacks, and the same command completes it. `make faults` tries every request
// and prints how many there were.
func TestHalfDone(t *testing.T) {
	t.Parallel()
	var points, failures atomic.Int64
	t.Cleanup(func() {
		t.Logf("half-done matrix: %d promotions and copies left something out; %d ended the run and were mended by the next",
			points.Load(), failures.Load())
	})
	for i, u := range undertakings() {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			end, _ := u.undisturbed(t)
			for n, h := range halfDone() {
				if !*all && (i+n)%(3*coarse(3)) != 0 {
					continue
				}
				for nth := 1; u.halfDone(t, h, nth, end, &failures); nth++ {
					points.Add(1)
				}
			}
		})
	}
}

// halfDone runs one promotion whose nth such request leaves something out, and tells whether there was one.
func (u undertaking) halfDone(t *testing.T, h half, nth int, end endState, failures *atomic.Int64) (struck bool) {
	t.Helper()
	s := newStage(t, u.mode)
	story := u.start(s)
	f := h.fault
	f.Match.Nth = nth
	f.After = func() { struck = true }
	s.server.SetKnobs(func(k *artifactory.Knobs) {
		if h.copyStatus != 0 {
			k.CopyErrorStatus = h.copyStatus
		}
	})
	s.server.AddFault(f)
	result := s.promoteAnyhow(u)
	if !struck {
		return false
	}
	at := fmt.Sprintf("%s, %s, the %d. time", u.name, h.name, nth)
	assert.Zero(t, story.early.Load(), "an unsigned moment: %s", at)
	torn := s.torn(s.target)
	if result.Err == nil {
		assert.Empty(t, torn, at)
		assert.Empty(t, end.differs(s.end()), at)
	} else {
		failures.Add(1)
		for folder := range story.sourceFolders {
			if !slices.Contains(s.bystanders(), folder) && len(torn) > 0 {
				assert.Contains(t, s.folders(s.app), folder, "%s: deleted, while %v", at, torn)
			}
		}
	}
	s.server.ClearFaults()
	require.NoError(t, s.promote(u.request).Err, at)
	require.Empty(t, s.torn(s.target), at)
	require.Empty(t, end.differs(s.end()), at)
	return true
}
