package inventory

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// notes runs a test with notes in properties and in a file; args are those of prune, state is the file.
func notes(t *testing.T, test func(t *testing.T, state string, args []string)) {
	t.Helper()
	args := []string{"--delete", "--quiet", "--older-than", "1h"}
	t.Run("by a property", func(t *testing.T) {
		t.Parallel()
		test(t, "", args)
	})
	t.Run("by a file", func(t *testing.T) {
		t.Parallel()
		state := filepath.Join(t.TempDir(), "seen.json")
		test(t, state, append([]string{"--state", state}, args...))
	})
}

// noted returns what runs have noted, wherever that stands.
func noted(t *testing.T, s *artifactory.Server, state string) any {
	t.Helper()
	if state != "" {
		return read(t, state)
	}
	return seen(s)
}

// An image that came back and is lost once more has to be seen as lost by two runs once more.
func TestPruneForgetsWhatHasItsImageAgain(t *testing.T) {
	t.Parallel()
	notes(t, func(t *testing.T, state string, args []string) {
		t.Helper()
		s, signature := orphaned(t)
		app := fixture.New(s).Image(prod, "team/app")
		there := fixture.New(s).Image(dev, "team/app")
		for _, back := range []fixture.Image{app, there} {
			s.Age(48 * time.Hour)
			r, _ := pruneSeen(t, s, args...)
			require.Equal(t, 1, r.Totals.Seen)
			back.Single("1.0", "1.0")
			s.Age(48 * time.Hour)
			before := noted(t, s, state)
			_, o := pruneSeen(t, s, append(args, "--dry-run")...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, before, noted(t, s, state), "a dry run writes nothing")
			r, o = pruneSeen(t, s, args...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Zero(t, r.Totals.Removed+r.Totals.Seen)
			anHourLater(t, s, state)
			s.DeleteTag(back.Repo, "team/app", "1.0")
			r, o = pruneSeen(t, s, args...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, 1, r.Totals.Seen, "it is the first run that sees it lost again, %s", o.stdout)
			assert.Contains(t, s.Snapshot(), signature+"/manifest.json")
			s.DeleteTag(prod, "team/app", signature[len(prod+"/team/app/"):])
			app.Sign(app.Single("1.0", "1.0"), "alice")
			s.DeleteTag(prod, "team/app", "1.0")
		}
	})
}

// What was removed and comes again, with the dates of its source, was not seen by any run.
func TestPruneForgetsWhatItRemoved(t *testing.T) {
	t.Parallel()
	notes(t, func(t *testing.T, state string, args []string) {
		t.Helper()
		s, signature := orphaned(t)
		s.Age(48 * time.Hour)
		_, _ = pruneSeen(t, s, args...)
		anHourLater(t, s, state)
		r, o := pruneSeen(t, s, args...)
		require.Equal(t, 0, o.code, o.stderr)
		require.Equal(t, 1, r.Totals.Removed)
		app := fixture.New(s).Image(prod, "team/app")
		gone(s, app, "1.0")
		s.Age(48 * time.Hour)
		r, o = pruneSeen(t, s, args...)
		assert.Equal(t, 0, o.code, o.stderr)
		assert.Equal(t, 1, r.Totals.Seen)
		assert.Contains(t, s.Snapshot(), signature+"/manifest.json")
	})
}

// An error is no reason to forget: what could not be removed, or could not be looked at, is still noted.
func TestPruneRemembersWhatStays(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]artifactory.Fault{
		"it is not removed": {
			Match:  artifactory.Match{Method: http.MethodDelete, Path: "artifactory/" + prod},
			Status: http.StatusForbidden,
		},
		"its image cannot be read": {
			Match:  artifactory.Match{Path: "api/storage/" + prod + "/team/app$"},
			Status: http.StatusForbidden,
		},
		"its subject cannot": {
			Match:  artifactory.Match{Method: http.MethodHead, Path: "manifests/sha256:"},
			Status: http.StatusServiceUnavailable,
		},
		"a list beside it cannot": {
			Match:  artifactory.Match{Method: http.MethodGet, Path: "team/app/manifests/"},
			Status: http.StatusServiceUnavailable,
		},
		"the search is not whole": {
			Match:  artifactory.Match{Path: "api/search/aql", Nth: 1, Count: 1},
			Status: http.StatusServiceUnavailable,
		},
		"the notes cannot be found": {
			Match:  artifactory.Match{Path: "api/search/aql", Nth: 3, Count: 1},
			Status: http.StatusServiceUnavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notes(t, func(t *testing.T, state string, args []string) {
				t.Helper()
				s, signature := orphaned(t)
				app := fixture.New(s).Image(prod, "team/app")
				app.Platforms("all", "all", "linux/amd64", "linux/arm64")
				s.Age(48 * time.Hour)
				_, _ = pruneSeen(t, s, args...)
				anHourLater(t, s, state)
				before := noted(t, s, state)
				s.AddFault(fault)
				_, _ = pruneSeen(t, s, append(args, "--retries", "0")...)
				if s.Snapshot()[signature+"/manifest.json"] != "" {
					assert.Equal(t, before, noted(t, s, state))
				} else {
					assert.Equal(t, "the notes cannot be found", name, "a file is not searched for")
					assert.NotEmpty(t, state)
				}
			})
		})
	}
}
