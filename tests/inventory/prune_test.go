package inventory

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

const sbomTag = "sbom"

// pruneResult is what prune prints.
type pruneResult struct {
	Status      string
	Totals      struct{ Planned, Removed, Kept, Failed int }
	Attachments []struct{ Path, Outcome, Reason, Restore, To string }
	Warnings    []string
	Error       *struct{ Message string }
}

func prune(t *testing.T, s *artifactory.Server, args ...string) (pruneResult, outcome) {
	t.Helper()
	journal := filepath.Join(t.TempDir(), "journal")
	args = append([]string{"prune", prod, "--format", "json", "--older-than", "0s", "--journal", journal}, args...)
	o := plugin(t, s, args...)
	var r pruneResult
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &r), "%s\n%s", o.stdout, o.stderr)
	validate(t, "prune", o.stdout)
	if raw, err := os.ReadFile(journal); err == nil {
		assert.Equal(t, r.Totals.Removed, strings.Count(string(raw), `"outcome":"removed"`), "the journal has them all")
		assert.GreaterOrEqual(t, strings.Count(string(raw), `"outcome":"removing"`), r.Totals.Removed)
	}
	return r, o
}

// orphans gives the folders of a repository that hang on nothing in it, one generation after another.
func (j *judge) orphans(repo string) []string {
	gone := map[string]bool{}
	held := func(digest string) bool {
		for image, folders := range j.files {
			for folder := range folders {
				if strings.HasPrefix(image, repo+"/") && !gone[image+"/"+folder] && j.in(image, folder) == digest {
					return true
				}
			}
		}
		return false
	}
	for again := true; again; {
		again = false
		for image, folders := range j.files {
			for folder := range folders {
				name := image + "/" + folder
				if !strings.HasPrefix(image, repo+"/") || gone[name] {
					continue
				}
				if subject := j.subject(image, folder); subject != "" && !held(subject) {
					gone[name], again = true, true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(gone))
}

// subject gives what a folder hangs on, "" for none.
func (j *judge) subject(image, folder string) string {
	manifest := j.in(image, folder)
	doc := j.read(manifest)
	at := strings.Index(folder, "sha256-")
	switch {
	case manifest == "":
		return ""
	case at >= 0 && len(folder) == at+71 && at == 0:
		subject := "sha256:" + folder[at+7:]
		if doc.MediaType != "application/vnd.oci.image.index.v1+json" || manifest == subject {
			return ""
		}
		return subject
	case at >= 0 && len(folder) >= at+71:
		return "sha256:" + folder[at+7:at+71]
	case strings.Contains(folder, ":") && doc.Subject != nil && !j.isChild(image, manifest):
		return doc.Subject.Digest
	default:
		return ""
	}
}

// Prune removes every orphan, and what is left of the images is as it was.
func TestPruneRemovesAllOrphansAndNothingElse(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := start(t)
			w := newWorld(s, 30+seed)
			w.whole, w.alone = true, true
			w.fill(*tags / 2)
			// Some images go, as a clean-up by tags removes them.
			files := s.Snapshot()
			for _, file := range slices.Sorted(maps.Keys(files)) {
				parts := strings.Split(file, "/")
				folder := parts[len(parts)-2]
				if path := strings.Join(parts[1:len(parts)-1], "/"); !strings.Contains(folder, "sha256") && w.IntN(3) == 0 {
					s.DeletePath(prod, path)
				}
			}
			before, orphans := newJudge(s).all(prod), newJudge(s).orphans(prod)
			require.NotEmpty(t, orphans)

			dry, o := prune(t, s, "--dry-run")
			require.Equal(t, 0, o.code, o.stderr)
			snapshot := s.Snapshot()
			r, o := prune(t, s, "--quiet")
			require.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, dry.Totals.Planned, r.Totals.Removed)
			assert.Zero(t, r.Totals.Failed)
			assert.Equal(t, before, newJudge(s).all(prod), "the images are as they were")
			assert.Empty(t, newJudge(s).orphans(prod))
			for _, a := range r.Attachments {
				assert.Contains(t, "removed kept", a.Outcome)
				assert.NotEqual(t, "kept", a.Outcome, a.Path+": "+a.Reason)
			}
			left := s.Snapshot()
			for _, name := range orphans {
				assert.NotContains(t, left, name+"/manifest.json")
			}
			assert.Less(t, len(left), len(snapshot))
			_, o = prune(t, s, "--quiet", "--fail-no-op")
			assert.Equal(t, 2, o.code, "nothing is left to do")
		})
	}
}

// gone stores an image with a signature and takes the image away.
func gone(s *artifactory.Server, i fixture.Image, tag string) (signature string) {
	d := i.Single(tag, tag)
	i.Sign(d, "alice")
	s.DeleteTag(i.Repo, i.Name, tag)
	return i.String() + "/" + fixture.SuffixTag("", d, "sig")
}

// What must stay, stays, and the reason is told.
func TestPruneKeeps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(s *artifactory.Server, app fixture.Image)
		args    []string
		reason  string
	}{
		"what is young": {func(s *artifactory.Server, app fixture.Image) { gone(s, app, "1.0") }, []string{"--older-than", "1h"}, "too young"},
		"what is named": {func(s *artifactory.Server, app fixture.Image) { gone(s, app, "1.0") }, []string{"--attachment-repo", prod + "/team/app"}, "--attachment-repo"},
		"the only copy": {func(s *artifactory.Server, app fixture.Image) { gone(s, app, "1.0"); moved(s, "1.0") }, nil, "run repair there first"},
		"a place for all": {func(s *artifactory.Server, app fixture.Image) {
			s.DeletePath(prod, "team/app")
			gone(s, app, "1.0")
			moved(s, "1.0")
		}, nil, "holds attachments only"},
		"when it cannot be told": {func(s *artifactory.Server, app fixture.Image) {
			gone(s, app, "1.0")
			s.AddFault(artifactory.Fault{Match: artifactory.Match{Method: "HEAD", Path: "team/app/manifests/sha256:"}, Status: 403})
		}, nil, "cannot be told"},
		"when the image cannot be looked at": {func(s *artifactory.Server, app fixture.Image) {
			gone(s, app, "1.0")
			s.AddFault(artifactory.Fault{Match: artifactory.Match{Method: "GET", Path: "api/storage/" + prod + "/team/app"}, Status: 403})
		}, nil, "cannot be looked at"},
		"what hangs on the only copy": {func(s *artifactory.Server, app fixture.Image) {
			d := app.Single("1.0", "1.0")
			app.Sign(app.SBOM(d, sbomTag), "alice")
			s.DeleteTag(prod, "team/app", "1.0")
			moved(s, "1.0")
		}, nil, "run repair there first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			app := fixture.New(s).Image(prod, "team/app")
			app.Sign(app.Single("other", "other"), "bob")
			c.prepare(s, app)
			before := s.Snapshot()
			r, o := prune(t, s, append(c.args, "--quiet", "--retries", "0")...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, before, s.Snapshot(), "nothing was removed")
			require.NotEmpty(t, r.Attachments)
			var reasons []string
			for _, a := range r.Attachments {
				assert.Equal(t, "kept", a.Outcome)
				reasons = append(reasons, a.Reason)
			}
			assert.Contains(t, strings.Join(reasons, "; "), c.reason)
		})
	}
}

// moved puts the image where `jf rt docker-promote` takes it, without its signature.
func moved(s *artifactory.Server, tag string) {
	fixture.New(s).Image(dev, "team/app").Single(tag, tag)
}

// The subject is there, but the user may not see it, or the search does not show it yet.
func TestPruneIsNotMisledByTheSearch(t *testing.T) {
	t.Parallel()
	t.Run("rows without Read", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		app := fixture.New(s).Image(prod, "team/app")
		app.Sign(app.Single("open", "open"), "bob")
		app.Sign(app.Single("1.0", "1.0"), "alice")
		hidden := artifactory.Grant{Repo: "docker-*", Pattern: "team/app/sha256*/**", Read: true, Delete: true, Deploy: true}
		visible := artifactory.Grant{Repo: "docker-*", Pattern: "team/app/open/**", Read: true, Delete: true}
		folder := artifactory.Grant{Repo: "docker-*", Pattern: "team/app", Read: true}
		s.AddUser(artifactory.User{Name: user, Password: password, Grants: []artifactory.Grant{hidden, visible, folder}})
		before := s.Snapshot()
		r, o := prune(t, s, "--quiet")
		assert.Equal(t, 0, o.code, o.stderr)
		assert.Equal(t, before, s.Snapshot())
		assert.NotEmpty(t, r.Attachments)
		assert.Zero(t, r.Totals.Removed)
		assert.Contains(t, strings.Join(r.Warnings, "\n"), "administrators only")
	})
	t.Run("rows that come late", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		app := fixture.New(s).Image(prod, "team/app")
		app.Sign(app.Single("open", "open"), "bob")
		app.Sign(app.Single("1.0", "1.0"), "alice")
		// The image is pushed anew, and the search does not know it yet.
		s.DeleteTag(prod, "team/app", "1.0")
		fromNowOnLate(s)
		before := s.Snapshot()
		app.Single("1.0", "1.0")
		r, o := prune(t, s, "--quiet")
		assert.Equal(t, 0, o.code, o.stderr)
		assert.Zero(t, r.Totals.Removed)
		require.Len(t, r.Attachments, 1)
		assert.Contains(t, r.Attachments[0].Reason, "does not show it yet")
		for file := range before {
			assert.Contains(t, s.Snapshot(), file)
		}
	})
}

func TestPruneToQuarantine(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithRepository(artifactory.Repository{Key: "quarantine"}))
	app := fixture.New(s).Image(prod, "team/app")
	app.Single("other", "other")
	signature := gone(s, app, "1.0")
	d := app.Single("2.0", "2.0")
	bundle := app.Bundle(d, signing, "alice")
	s.DeleteTag(prod, "team/app", "2.0")
	before := s.Snapshot()
	for k := 0; k < 40; k += (*stride + 9) / 10 { // killed, and run again
		s.CrashAt(k+1, k%2 == 0)
		prune(t, s, "--quiet", "--quarantine-repo", "quarantine", "--retries", "0")
		s.ClearFaults()
		for _, file := range []string{signature + "/manifest.json", app.String() + "/" + bundle.String() + "/manifest.json"} {
			at := s.Snapshot()
			assert.True(t, at[file] != "" || at["quarantine/"+file] != "", "%s is lost after a kill at request %d", file, k+1)
		}
	}
	r, o := prune(t, s, "--quiet", "--quarantine-repo", "quarantine")
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Zero(t, r.Totals.Failed)
	after := s.Snapshot()
	assert.Len(t, after, len(before))
	for _, name := range []string{signature, app.String() + "/" + bundle.String()} {
		assert.Equal(t, before[name+"/manifest.json"], after["quarantine/"+name+"/manifest.json"])
		assert.NotContains(t, after, name+"/manifest.json")
	}
}

func TestPruneAsks(t *testing.T) {
	t.Parallel()
	s := start(t)
	gone(s, fixture.New(s).Image(prod, "team/app"), "1.0")
	before := s.Snapshot()
	o := plugin(t, s, "prune", prod, "--older-than", "0s")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "add --quiet")
	assert.Equal(t, before, s.Snapshot())
}

func TestPruneRemovesNothingWithoutAJournal(t *testing.T) {
	t.Parallel()
	s := start(t)
	gone(s, fixture.New(s).Image(prod, "team/app"), "1.0")
	before := s.Snapshot()
	o := plugin(t, s, "prune", prod, "--older-than", "0s", "--quiet", "--journal", "no/such/folder/journal")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "nothing was removed")
	assert.Equal(t, before, s.Snapshot())
}

func TestPruneWarnsOfRetention(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithRepository(artifactory.Repository{Key: prod, MaxUniqueTags: 3}))
	app := fixture.New(s).Image(prod, "team/app")
	app.Sign(app.Single("1.0", "1.0"), "alice")
	app.Single("2.0", "2.0")
	r, o := prune(t, s, "--dry-run")
	assert.Equal(t, 0, o.code)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "team/app has 3 tags, 1 of them attachments, and maxUniqueTags is 3")
}
