package layouts

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// denied is the registry API's own 404, with all marks, for a manifest. Everything else is answered as usual.
func denied(s *stage, r *http.Request, body []byte) *reply {
	if !readsManifest(r) {
		answer := serve(s.server, r, body)
		return &answer
	}
	header := artifactory.Marks()
	header.Set("Content-Type", "application/json")
	return &reply{status: http.StatusNotFound, header: header, body: []byte(`{"errors":[{"code":"MANIFEST_UNKNOWN","message":"not known"}]}`)}
}

// hiddenFolder is the REST API's own 404, with all marks, for a folder or a file, its properties, or a list of files.
// Everything else is answered as usual.
func hiddenFolder(s *stage, r *http.Request, body []byte) *reply {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/api/storage/") {
		answer := serve(s.server, r, body)
		return &answer
	}
	header := artifactory.Marks()
	header.Set("Content-Type", "application/json")
	return &reply{status: http.StatusNotFound, header: header, body: []byte(`{"errors":[{"status":404,"message":"Unable to find item"}]}`)}
}

func readsManifest(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.URL.Path, "/manifests/")
}

// TestDenied lets the registry deny one manifest all the time, each that the source or the target shows before the
// promotion in turn. The promotion ends as it does otherwise, or fails safely, and is completed once the manifest is
// served. `make layouts` tries every one.
func TestDenied(t *testing.T) {
	t.Parallel()
	var runs, failures atomic.Int64
	t.Cleanup(func() {
		t.Logf("denied manifests: %d promotions; %d ended and were completed by the next", runs.Load(), failures.Load())
	})
	for i, u := range undertakings() {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			end, _ := u.undisturbed(t)
			s := newStage(t, u.mode)
			u.build(s)
			var paths []string
			for repo, folders := range map[string]map[string]map[string]string{
				dev:  s.folders(s.app),
				prod: s.folders(s.target),
			} {
				for folder := range folders {
					paths = append(paths, "/"+repo+"/v2/"+name+"/manifests/"+folder)
				}
			}
			slices.Sort(paths)
			for k, path := range paths {
				if !*all && (i+k)%(3*coarse(3)) != 0 {
					continue
				}
				runs.Add(1)
				if u.denied(t, path, end) {
					failures.Add(1)
				}
			}
		})
	}
}

// denied runs one promotion in which a manifest is denied, and tells whether it failed.
func (u undertaking) denied(t *testing.T, path string, end endState) (failed bool) {
	t.Helper()
	s := newStage(t, u.mode)
	story := u.start(s)
	struck := false
	s.wire.answer = func(r *http.Request, body []byte) *reply {
		if !readsManifest(r) || !strings.HasSuffix(r.URL.Path, path) {
			return nil
		}
		struck = true
		return denied(s, r, body)
	}
	result := s.promoteAnyhow(u)
	at := u.name + ", denied: " + path
	if result.Err == nil {
		assert.Empty(t, end.differs(s.end()), at)
	}
	story.safe()
	assert.Zero(t, story.early.Load(), "an unsigned moment: %s", at)
	s.wire.reset()
	require.NoError(t, s.promote(u.request).Err, at)
	require.Empty(t, end.differs(s.end()), at)
	return struck && result.Err != nil
}

// TestTakeBackIsNotDenied pushes the source tag in the gap before the promotion, and lets the registry deny the target
// tag once after that, at each look in turn. What arrived unchecked does not stay.
func TestTakeBackIsNotDenied(t *testing.T) {
	t.Parallel()
	u := undertakings()[0]
	for look := 1; ; look++ {
		s := newStage(t, u.mode)
		story := u.start(s)
		story.races = true
		var pushed string
		looks := 0
		s.wire.answer = func(r *http.Request, body []byte) *reply {
			switch {
			case pushed == "" && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/v2/promote"):
				pushed = racers()[0].push(s).String()
			case pushed != "" && readsManifest(r) && strings.HasSuffix(r.URL.Path,
				"/"+prod+"/v2/"+name+"/manifests/"+u.request.Target.Tag):
				if looks++; looks == look {
					return denied(s, r, body)
				}
			}
			return nil
		}
		result := s.promote(u.request)
		require.NotEmpty(t, pushed)
		require.Error(t, result.Err, look)
		assert.NotEqual(t, pushed, s.tagged(), "denied at look %d: %v", look, result.Err)
		if looks < look {
			return
		}
	}
}
