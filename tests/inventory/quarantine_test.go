package inventory

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// quarantined is an orphaned signature, and a repository for the quarantine.
func quarantined(t *testing.T) (s *artifactory.Server, app fixture.Image, signature string) {
	t.Helper()
	s = start(t, artifactory.WithRepository(artifactory.Repository{Key: "quarantine"}))
	app = fixture.New(s).Image(prod, "team/app")
	app.Sign(app.Single("other", "other"), "bob")
	return s, app, gone(s, app, "1.0")
}

// A copy can leave files out, whatever it answers. Nothing is deleted before all of it is in the quarantine.
func TestQuarantineHasAllFilesBeforeTheyGo(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]artifactory.Fault{
		"a success":  {},
		"a conflict": {Status: http.StatusConflict},
		"an error":   {Status: http.StatusInternalServerError},
	} {
		for _, left := range []string{"sha256__", "manifest.json"} {
			t.Run(name+" without "+left, func(t *testing.T) {
				t.Parallel()
				s, _, signature := quarantined(t)
				before := filesBelow(s, signature)
				fault.Match = artifactory.Match{Path: "api/copy/"}
				fault.Half = &artifactory.Half{Without: "^quarantine/.*" + left, Files: 1}
				s.AddFault(fault)
				_, o := prune(t, s, "--quiet", "--quarantine-repo", "quarantine", "--retries", "0")
				if o.code == 0 {
					assert.Equal(t, before, filesBelow(s, "quarantine/"+signature))
				} else {
					assert.Equal(t, before, filesBelow(s, signature))
				}
				s.ClearFaults()
				_, o = prune(t, s, "--quiet", "--quarantine-repo", "quarantine")
				assert.Equal(t, 0, o.code, o.stderr)
				assert.Equal(t, before, filesBelow(s, "quarantine/"+signature))
				assert.Empty(t, filesBelow(s, signature))
			})
		}
	}
}

// filesBelow returns the files of a folder by their names in it.
func filesBelow(s *artifactory.Server, folder string) map[string]string {
	found := map[string]string{}
	for file, sha256 := range s.Snapshot() {
		if name, below := strings.CutPrefix(file, folder+"/"); below {
			found[name] = sha256
		}
	}
	return found
}

// The note that it was seen does not come along: whoever brings it back begins anew.
func TestQuarantineDoesNotKeepTheNote(t *testing.T) {
	t.Parallel()
	s, _, signature := quarantined(t)
	s.Age(48 * time.Hour)
	args := []string{"--quiet", "--quarantine-repo", "quarantine", "--older-than", "1h"}
	_, _ = pruneSeen(t, s, args...)
	anHourLater(t, s, "")
	r, o := pruneSeen(t, s, args...)
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Equal(t, 1, r.Totals.Removed)
	properties := s.SnapshotProperties()["quarantine/"+signature]
	assert.NotEmpty(t, properties["signed-promote.quarantined"])
	assert.NotContains(t, strings.Join(properties[seenProperty], ""), signature)
}

// What is in the quarantine already is not moved once more; something else of that name is not written over.
func TestQuarantineThatHasIt(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]string{"the same": "alice", "another signature": "carol"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, app, signature := quarantined(t)
			_, o := prune(t, s, "--quiet", "--quarantine-repo", "quarantine")
			require.Equal(t, 0, o.code, o.stderr)
			app.Sign(app.Single("1.0", "1.0"), again)
			s.DeleteTag(prod, "team/app", "1.0")
			here, there := filesBelow(s, signature), filesBelow(s, "quarantine/"+signature)
			r, o := prune(t, s, "--quiet", "--quarantine-repo", "quarantine")
			assert.Equal(t, there, filesBelow(s, "quarantine/"+signature))
			if again == "alice" {
				assert.Equal(t, 0, o.code, o.stderr)
				assert.Equal(t, 1, r.Totals.Removed)
				assert.Empty(t, filesBelow(s, signature))
				return
			}
			assert.Equal(t, 1, o.code)
			assert.Equal(t, here, filesBelow(s, signature))
			require.NotNil(t, r.Attachments[0].Error)
			assert.Contains(t, r.Attachments[0].Error.Message, "was moved to the quarantine before, with another content")
			assert.Contains(t, r.Attachments[0].Error.Hint, "Move quarantine/"+signature+" away")
		})
	}
}
