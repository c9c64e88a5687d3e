package inventory

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// seenProperty is where runs of prune note on a folder what they saw.
const seenProperty = "signed-promote.seen"

// orphaned is a server with an image, and the signature of another one that is gone.
func orphaned(t *testing.T, options ...artifactory.Option) (s *artifactory.Server, signature string) {
	t.Helper()
	s = start(t, options...)
	app := fixture.New(s).Image(prod, "team/app")
	app.Sign(app.Single("other", "other"), "bob")
	return s, gone(s, app, "1.0")
}

// A first run notes what it saw and removes nothing; only a run that is the grace later removes it.
func TestPruneWaitsForASecondLook(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{"by a property": "", "by a file": "seen.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, signature := orphaned(t)
			args := []string{"--delete", "--quiet", "--older-than", "1h"}
			s.Age(48 * time.Hour) // files tell nothing
			if state != "" {
				state = filepath.Join(t.TempDir(), state)
				args = append(args, "--state", state)
			}
			before := s.Snapshot()

			r, o := pruneSeen(t, s, append(args, "--dry-run")...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, 1, r.Totals.Seen)
			assert.NoFileExists(t, state)
			assert.NotContains(t, s.SnapshotProperties()[signature], seenProperty, "a dry run notes nothing")

			r, o = pruneSeen(t, s, args...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, "success", r.Status)
			assert.Equal(t, 1, r.Totals.Seen)
			assert.Equal(t, before, s.Snapshot())

			r, o = pruneSeen(t, s, args...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, before, s.Snapshot(), "an hour has not passed")
			assert.Zero(t, r.Totals.Removed)

			anHourLater(t, s, state)
			assert.Contains(t, plugin(t, s, append([]string{"prune", prod, "--dry-run"}, args...)...).stdout, "1 to remove")
			r, o = pruneSeen(t, s, args...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, 1, r.Totals.Removed)
			require.NotEmpty(t, r.Attachments)
			assert.NotNil(t, r.Attachments[0].FirstSeen)
			assert.NotContains(t, s.Snapshot(), signature+"/manifest.json")
			if state != "" {
				_, o = pruneSeen(t, s, args...)
				assert.Equal(t, 0, o.code)
				assert.NotContains(t, read(t, state), signature, "what is gone is forgotten")
			}
		})
	}
}

// anHourLater makes what runs noted an hour older, in properties or in a file.
func anHourLater(t *testing.T, s *artifactory.Server, state string) {
	t.Helper()
	earlier := func(at string) string {
		noted, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		return noted.Add(-time.Hour).Format(time.RFC3339)
	}
	for folder, properties := range s.SnapshotProperties() {
		for _, value := range properties[seenProperty] {
			at, rest, _ := strings.Cut(value, " ")
			repo, path, _ := strings.Cut(folder, "/")
			s.PutProperties(repo, path, map[string][]string{seenProperty: {earlier(at) + " " + rest}})
		}
	}
	if state == "" {
		return
	}
	text := regexp.MustCompile(`"at": "([^"]+)"`).ReplaceAllStringFunc(read(t, state), func(at string) string {
		return `"at": "` + earlier(strings.Split(at, `"`)[3]) + `"`
	})
	require.NoError(t, os.WriteFile(state, []byte(text), 0o600))
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// The grace is counted from when a run first saw it, whatever the dates of its files say: those of a copy are its
// source's.
func TestPruneCountsFromWhatItSaw(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	for name, c := range map[string]struct {
		// value is what stands on the folder; %D and %P stand for digest and path.
		value   string
		changed time.Duration
		removed int
	}{
		"seen long ago": {
			now.Add(-30*24*time.Hour).Format(time.RFC3339) + " %D %P", 60 * 24 * time.Hour,
			1,
		},
		"seen an hour ago": {now.Add(-time.Hour).Format(time.RFC3339) + " %D %P", 60 * 24 * time.Hour, 0},
		"seen tomorrow":    {now.Add(24*time.Hour).Format(time.RFC3339) + " %D %P", 60 * 24 * time.Hour, 0},
		"seen with other content": {now.Add(-30*24*time.Hour).Format(time.RFC3339) + " sha256:" +
			strings.Repeat("0", 64) + " %P", 60 * 24 * time.Hour, 0},
		"seen elsewhere, and copied to here": {
			now.Add(-30*24*time.Hour).Format(time.RFC3339) + " %D " + dev + "/team/app/x",
			60 * 24 * time.Hour, 0,
		},
		"seen before it came again": {now.Add(-30*24*time.Hour).Format(time.RFC3339) + " %D %P", 48 * time.Hour, 0},
		"something else":            {"yes", 60 * 24 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, signature := orphaned(t)
			folder := strings.TrimPrefix(signature, prod+"/")
			value := strings.NewReplacer("%D", "sha256:"+s.Snapshot()[signature+"/manifest.json"], "%P",
				signature).Replace(c.value)
			s.PutProperties(prod, folder, map[string][]string{seenProperty: {value}})
			// Every file is much older than the grace of two hours: what counts is what was seen.
			s.Age(c.changed)
			r, o := pruneSeen(t, s, "--delete", "--quiet", "--older-than", "2h")
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, c.removed, r.Totals.Removed, o.stdout)
			assert.Equal(t, 1-c.removed, r.Totals.Seen, o.stdout)
		})
	}
}

// Who may not annotate is told of --state, and loses nothing.
func TestPruneThatCannotNote(t *testing.T) {
	t.Parallel()
	s, _ := orphaned(t)
	s.Age(48 * time.Hour)
	s.AddUser(artifactory.User{
		Name: user, Password: password,
		Grants: []artifactory.Grant{{Repo: prod, Read: true, Delete: true, Deploy: true}},
	})
	before := s.Snapshot()
	r, o := pruneSeen(t, s, "--delete", "--quiet", "--subjects-in", prod, "--older-than", "1h")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "--state keeps it in a file instead")
	assert.Equal(t, 1, r.Totals.Failed)
	state := filepath.Join(t.TempDir(), "state")
	for _, removed := range []int{0, 1} {
		assert.Equal(t, before, s.Snapshot())
		r, o = pruneSeen(t, s, "--delete", "--quiet", "--subjects-in", prod, "--state", state, "--older-than", "1h")
		assert.Equal(t, 0, o.code, o.stderr)
		assert.Equal(t, removed, r.Totals.Removed)
		anHourLater(t, s, state)
	}
}

// A state that cannot be read, or is of another server, is no reason to remove anything.
func TestPruneWithAStateThatIsNone(t *testing.T) {
	t.Parallel()
	s, _ := orphaned(t)
	s.Age(48 * time.Hour)
	before := s.Snapshot()
	for _, text := range []string{"", "{}", "[]", `{"schemaVersion":9}`, `{"schemaVersion":1,"server":"https://elsewhere/artifactory/","seen":[]}`} {
		state := filepath.Join(t.TempDir(), "state")
		require.NoError(t, os.WriteFile(state, []byte(text), 0o600))
		o := plugin(t, s, "prune", prod, "--delete", "--quiet", "--older-than", "1h", "--state", state)
		assert.Equal(t, 1, o.code, text)
		assert.Contains(t, o.stderr, "nothing was removed", text)
	}
	o := plugin(t, s, "prune", prod, "--delete", "--quiet", "--older-than", "1h", "--state", "no/such/folder/state")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "nothing was removed")
	assert.Equal(t, before, s.Snapshot())
}
