package artifactory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// Facts 5.3: what a copy of a tag folder does depends on what the target has. This is the most dangerous part.
func TestCopyNests(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.PutFile("dev", "app/1/manifest.json", []byte("m"), nil)
	c := admin(t, s)
	copyTo := func(to string) { require.Equal(t, 200, c.do("POST", "api/copy/dev/app/1?to="+to, "").status, to) }

	copyTo("/prod/app")
	assert.Contains(t, s.Snapshot(), "prod/app/manifest.json",
		"rule 1: the image folder is absent, so it becomes the copy")
	copyTo("/prod/app")
	assert.Contains(t, s.Snapshot(), "prod/app/1/manifest.json", "rule 2: now it exists, so the copy goes below it")
	copyTo("prod/app/1")
	assert.Contains(t, s.Snapshot(), "prod/app/1/1/manifest.json", "rule 2: a second run corrupts the layout")

	require.Equal(t, 200, c.do("POST", "api/copy/dev/app/1/manifest.json?to=/prod/app/1/manifest.json", "").status)
	require.Equal(t, 200, c.do("POST", "api/copy/dev/app/1/manifest.json?to=/prod/app/1", "").status)
	assert.Len(t, s.Snapshot(), 4, "files: a full path has one meaning; a folder as target is the folder to go in")
}

// Facts 5.3, rules 3 and 4, and 5.6: a merge; files are overwritten, what has no counterpart stays, dates and
// properties come from the source.
func TestCopyMerges(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.PutFile("dev", "app/1/manifest.json", []byte("new"), map[string][]string{"docker.repoName": {"app"}})
	s.PutFile("prod", "app/1/manifest.json", []byte("old"), map[string][]string{"gone": {"x"}})
	s.PutFile("prod", "app/1/list.manifest.json", []byte("stale"), nil)
	time.Sleep(2 * time.Millisecond) // dates have milliseconds
	c := admin(t, s)
	r := c.do("POST", "api/copy/dev/app/1?to=/prod/app", "")
	require.Equal(t, 200, r.status)
	assert.Contains(t, r.body, `{"level":"INFO","message":"copying dev:app/1 to prod:app/1 completed successfully, 1 artifacts and 1 folders were copied"}`)
	assert.Equal(t, "application/vnd.org.jfrog.artifactory.storage.CopyOrMoveResult+json", r.header.Get("Content-Type"))
	files := s.Snapshot()
	assert.Equal(t, files["dev/app/1/manifest.json"], files["prod/app/1/manifest.json"])
	assert.Contains(t, files, "prod/app/1/list.manifest.json")
	assert.Equal(t, map[string][]string{"docker.repoName": {"app"}}, s.SnapshotProperties()["prod/app/1/manifest.json"])
	created := func(repo string) []any {
		info := c.do("GET", "api/storage/"+repo+"/app/1/manifest.json", "").json(t)
		return []any{info["created"], info["createdBy"], info["lastModified"]}
	}
	assert.Equal(t, created("dev"), created("prod"))
}

// Facts 2.7, 5.7: after a rename by copy the docker properties are stale.
func TestCopyLeavesPropertiesStale(t *testing.T) {
	t.Parallel()
	s := start(t)
	putImage(s, "dev", "app", "1", "layer")
	require.Equal(t, 200, admin(t, s).do("POST", "api/copy/dev/app/1?to=/prod/other/2", "").status)
	assert.Equal(t, []string{"app"}, s.SnapshotProperties()["prod/other/2/manifest.json"]["docker.repoName"])
	assert.Equal(t, 200, admin(t, s).do("GET", "/v2/prod/other/manifests/2", "").status, "5.7: pullable nevertheless")
}

// Facts 5.1: move, dry run, whole repositories.
func TestMoveAndDryRun(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.PutFile("dev", "app/1/f", []byte("x"), nil)
	c := admin(t, s)
	before := s.Snapshot()
	r := c.do("POST", "api/move/dev/app?to=/prod/app&dry=1&suppressLayouts=1&failFast=1", "")
	assert.Contains(t, r.body, "Dry Run for moving dev:app to prod:app completed successfully, 1 artifacts and 2 folders were moved")
	assert.Equal(t, before, s.Snapshot())
	require.Equal(t, 200, c.do("POST", "api/move/dev?to=prod", "").status)
	assert.Equal(t, map[string]string{"prod/app/1/f": before["dev/app/1/f"]}, s.Snapshot())
	assert.Equal(t, 404, c.do("GET", "api/storage/dev/app", "").status, "emptied folders go")
}

func restricted() artifactory.Option {
	return artifactory.WithUser(artifactory.User{Name: "u", Password: "p", Grants: []artifactory.Grant{
		{Repo: "dev", Read: true},
		{Repo: "prod", Read: true, Deploy: true},
		{Repo: "prod", Pattern: "free/**", Delete: true},
	}})
}

// Facts 5.4 and 5.5: the objections in their order, their codes, and what the HTTP status makes of them.
func TestCopyChecks(t *testing.T) {
	t.Parallel()
	s := start(t, restricted(),
		artifactory.WithRepository(artifactory.Repository{Key: "picky", Includes: []string{"app/**"}}),
		artifactory.WithRepository(artifactory.Repository{Key: "virtual", Class: "virtual", Members: []string{"dev"}}),
		artifactory.WithRepository(artifactory.Repository{Key: "remote", Class: "remote"}),
		artifactory.WithKnobs(func(k *artifactory.Knobs) { k.CopyErrorStatus = 0 }))
	s.PutFile("dev", "app/f", []byte("x"), nil)
	s.PutFile("prod", "taken/f", []byte("y"), nil)
	for name, c := range map[string]struct {
		user, path string
		status     int
	}{
		"pattern":            {"admin", "api/copy/dev/app/f?to=/picky/other/f", 403},
		"move, no Delete":    {"u", "api/move/dev/app/f?to=/prod/new/f", 403},
		"overwrite":          {"u", "api/copy/dev/app/f?to=/prod/taken/f", 401},
		"no Deploy":          {"u", "api/copy/dev/app/f?to=/picky/app/f", 403},
		"folder onto file":   {"admin", "api/copy/dev/app?to=/prod/taken/f", 400},
		"same":               {"admin", "api/copy/dev/app/f?to=/dev/app/f", 400},
		"virtual source":     {"admin", "api/copy/virtual/app/f?to=/prod/x", 409},
		"virtual target":     {"admin", "api/copy/dev/app/f?to=/virtual/x", 409},
		"cache target":       {"admin", "api/copy/dev/app/f?to=/remote-cache/x", 409},
		"missing":            {"admin", "api/copy/dev/none?to=/prod/x", 404},
		"unknown target":     {"admin", "api/copy/dev/app/f?to=/nope/x", 404},
		"no target":          {"admin", "api/copy/dev/app/f", 400},
		"unknown parameter":  {"admin", "api/copy/dev/app/f?to=/prod/x&overwrite=1", 400},
		"new file in folder": {"u", "api/copy/dev/app/f?to=/prod/taken", 401},
	} {
		user := admin(t, s)
		if c.user == "u" {
			user = as(t, s, "u", "p")
		}
		r := user.do("POST", c.path, "")
		assert.Equal(t, c.status, r.status, "%s: %s", name, r.body)
	}
	for status, want := range map[int]int{409: 409, 200: 200} {
		s.SetKnobs(func(k *artifactory.Knobs) { k.CopyErrorStatus = status })
		r := as(t, s, "u", "p").do("POST", "api/copy/dev/app/f?to=/prod/taken/f", "")
		assert.Equal(t, want, r.status)
		assert.Contains(t, r.body, `"level":"ERROR"`)
	}
}

// Facts 5.4, 5.5: an existing folder needs Delete, too. One transaction tries its children nevertheless, several skip
// them, and then a dry run looks at the top only.
func TestCopyOfAFolderWithoutDelete(t *testing.T) {
	t.Parallel()
	for name, multi := range map[string]bool{"one transaction": false, "several": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, restricted(), artifactory.WithKnobs(func(k *artifactory.Knobs) { k.CopyMultiTx = multi }))
			s.PutFile("dev", "app/a", []byte("a"), nil)
			s.PutFile("dev", "app/b", []byte("b"), nil)
			s.PutFile("prod", "app/b", []byte("other"), nil)
			u := as(t, s, "u", "p")
			assert.Equal(t, 409, u.do("POST", "api/copy/dev?to=/prod", "").status)
			_, copied := s.Snapshot()["prod/app/a"]
			assert.Equal(t, !multi, copied, "not atomic: nothing is rolled back")

			s.PutFile("dev", "top/x/f", []byte("f"), nil)
			s.PutFile("prod", "new/x/f", []byte("g"), nil)
			s.DeletePath("prod", "new")
			assert.Equal(t, 200, u.do("POST", "api/copy/dev/top?to=/prod/new&dry=1", "").status)
		})
	}
}

// Facts 5.5: failFast stops at the first error.
func TestCopyFailFast(t *testing.T) {
	t.Parallel()
	s := start(t, restricted())
	s.PutFile("dev", "app/a", []byte("a"), nil)
	s.PutFile("dev", "app/b", []byte("b"), nil)
	s.PutFile("prod", "to/app/a", []byte("old"), nil)
	assert.Equal(t, 409, as(t, s, "u", "p").do("POST", "api/copy/dev/app?to=/prod/to&failFast=1", "").status)
	assert.NotContains(t, s.Snapshot(), "prod/to/app/b")
	assert.Equal(t, 409, as(t, s, "u", "p").do("POST", "api/copy/dev/app?to=/prod/to", "").status)
	assert.Contains(t, s.Snapshot(), "prod/to/app/b")
}
