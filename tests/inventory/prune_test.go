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
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

const sbomTag = "sbom"

// pruneResult is what prune prints.
type pruneResult struct {
	Status      string
	Totals      struct{ Planned, Removed, Seen, Kept, Failed int }
	Attachments []struct {
		Path, Outcome, Reason, Restore, To string
		FirstSeen                          *time.Time
		Error                              *struct{ Message, Hint string }
	}
	Warnings []string
	Error    *struct{ Message string }
}

// prune removes at once, by deletes unless something else is asked for.
func prune(t *testing.T, s *artifactory.Server, args ...string) (pruneResult, outcome) {
	t.Helper()
	if !slices.Contains(args, "--quarantine-repo") {
		args = append(args, "--delete")
	}
	return pruneSeen(t, s, append(args, "--now")...)
}

// pruneSeen removes what runs before have seen, in the way that args say.
func pruneSeen(t *testing.T, s *artifactory.Server, args ...string) (pruneResult, outcome) {
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

// orphans returns the folders of a repository that are attached to nothing in it, one generation after another.
func (j *classify) orphans(repo string) []string {
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

// subject returns what a folder is attached to, "" for none.
func (j *classify) subject(image, folder string) string {
	manifest := j.in(image, folder)
	doc := j.read(manifest)
	at := strings.Index(folder, "sha256-")
	switch {
	case manifest == "", doc.runs(), at >= 0 && doc.Subject == nil && j.listsImages(doc), strings.Contains(folder,
		"sha256-"+strings.TrimPrefix(manifest, "sha256:")):
		return ""
	case at >= 0 && len(folder) == at+71 && at == 0:
		subject := "sha256:" + folder[at+7:]
		if doc.MediaType != "application/vnd.oci.image.index.v1+json" || manifest == subject {
			return ""
		}
		return subject
	case at >= 0 && len(folder) >= at+71:
		return "sha256:" + folder[at+7:at+71]
	case strings.Contains(folder, ":") && doc.Subject != nil && !j.isChild(image, manifest) && !j.listsImages(doc):
		return doc.Subject.Digest
	default:
		return ""
	}
}

// listsImages reports whether an index lists something that can be run.
func (j *classify) listsImages(d document) bool {
	return slices.ContainsFunc(d.Manifests, func(m descriptor) bool { return j.read(m.Digest).runs() })
}

// runs reports whether somebody can run it: platforms, or layers of a file system.
func (d document) runs() bool {
	platform := func(m descriptor) bool { return m.Platform != nil && m.Platform.OS != "" && m.Platform.OS != "unknown" }
	files := func(l descriptor) bool {
		return strings.Contains(l.MediaType, "image.layer") || strings.Contains(l.MediaType, "image.rootfs")
	}
	return d.MediaType == "application/vnd.docker.distribution.manifest.list.v2+json" || slices.ContainsFunc(d.Manifests,
		platform) ||
		d.Config != nil && strings.Contains(d.Config.MediaType, "image") && slices.ContainsFunc(d.Layers, files)
}

// Prune removes every orphan, and what is left of the images is as it was.
func TestPruneRemovesAllOrphansAndNothingElse(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := start(t)
			w := newWorld(s, 30+seed)
			w.whole, w.alone, w.mirrored = true, true, true
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
			images := newJudge(s).running(prod)
			before, orphans := newJudge(s).all(prod), newJudge(s).orphans(prod)
			require.NotEmpty(t, orphans)

			dry, o := prune(t, s, "--dry-run", "--central")
			require.Equal(t, 0, o.code, o.stderr)
			snapshot := s.Snapshot()
			r, o := prune(t, s, "--quiet", "--central")
			require.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, dry.Totals.Planned, r.Totals.Removed)
			assert.Zero(t, r.Totals.Failed)
			if len(newJudge(s).orphans(prod)) > 0 {
				// Records of two images can have the same bytes: what is attached to one stays as long as the other is
				// there.
				_, o = prune(t, s, "--quiet", "--central")
				require.Equal(t, 0, o.code, o.stderr)
			}
			assert.Equal(t, before, newJudge(s).all(prod), "the images are as they were")
			assert.Equal(t, images, newJudge(s).running(prod), "whatever can be run by a tag is there")
			assert.Empty(t, newJudge(s).orphans(prod))
			for _, a := range r.Attachments {
				assert.Contains(t, "removed kept", a.Outcome)
				if !strings.Contains(a.Reason, "can be run") && !strings.Contains(a.Reason, "belongs to something that stays") {
					assert.NotEqual(t, "kept", a.Outcome, a.Path+": "+a.Reason)
				}
			}
			left := s.Snapshot()
			for _, name := range orphans {
				assert.NotContains(t, left, name+"/manifest.json")
			}
			assert.Less(t, len(left), len(snapshot))
			_, o = prune(t, s, "--quiet", "--central", "--fail-no-op")
			assert.Equal(t, 2, o.code, "nothing is left to do")
		})
	}
}

// running returns everything that can be run and has a tag, whatever that looks like.
func (j *classify) running(repo string) map[string]string {
	all := map[string]string{}
	for image, folders := range j.files {
		for folder := range folders {
			if d := j.in(image, folder); strings.HasPrefix(image, repo+"/") && !strings.Contains(folder,
				":") && j.read(d).runs() {
				all[image+":"+folder] = d
			}
		}
	}
	return all
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
		"what is young": {
			func(s *artifactory.Server, app fixture.Image) { gone(s, app, "1.0") },
			[]string{"--older-than", "1h"},
			"too young",
		},
		"what is named": {
			func(s *artifactory.Server, app fixture.Image) { gone(s, app, "1.0") },
			[]string{"--attachment-repo", prod + "/team/app"},
			"--attachment-repo",
		},
		"the only copy": {
			func(s *artifactory.Server, app fixture.Image) { gone(s, app, "1.0"); moved(s, "1.0") }, nil,
			"run repair there first",
		},
		"a place for all": {func(s *artifactory.Server, app fixture.Image) {
			s.DeletePath(prod, "team/app")
			gone(s, app, "1.0")
		}, nil, "--central lets them go"},
		"a place for all of another repository": {func(s *artifactory.Server, app fixture.Image) {
			s.DeletePath(prod, "team/app")
			gone(s, app, "1.0")
			moved(s, "1.0")
		}, []string{"--central"}, "its subject is in " + dev + "/team/app"},
		"what another repository has, too": {func(s *artifactory.Server, app fixture.Image) {
			gone(s, app, "1.0")
			moved(s, "1.0")
			there := fixture.New(s).Image(dev, "team/app")
			there.Sign(there.Single("1.0", "1.0"), "alice")
		}, nil, "its subject is in " + dev + "/team/app"},
		"what waits for its image": {func(s *artifactory.Server, app fixture.Image) {
			gone(s, app, "1.0")
			app.Single("signed-promote-staging-0123456789abcdef", "staged")
		}, nil, "a promotion to its image path is under way"},
		"beside an image that just came": {func(s *artifactory.Server, app fixture.Image) {
			gone(s, app, "1.0")
		}, []string{"--older-than", "1h"}, "is too young"},
		"on a platform of an image that stays": {func(s *artifactory.Server, app fixture.Image) {
			p := app.Platforms("all", "all", "linux/amd64", "linux/arm64")
			app.Sign(p.Children[1], "alice")
			s.DeleteTag(prod, "team/app", p.Children[1].String())
			gone(s, app, "1.0") // the one that may go
			moved(s, "1.0")
		}, nil, "which lacks it"},
		"when it cannot be told": {func(s *artifactory.Server, app fixture.Image) {
			gone(s, app, "1.0")
			s.AddFault(artifactory.Fault{
				Match:  artifactory.Match{Method: "HEAD", Path: "team/app/manifests/sha256:"},
				Status: 403,
			})
		}, nil, "cannot be told"},
		"when the image cannot be looked at": {func(s *artifactory.Server, app fixture.Image) {
			gone(s, app, "1.0")
			s.AddFault(artifactory.Fault{
				Match:  artifactory.Match{Method: "GET", Path: "api/storage/" + prod + "/team/app"},
				Status: 403,
			})
		}, nil, "cannot be looked at"},
		"what hangs on the only copy": {func(s *artifactory.Server, app fixture.Image) {
			d := app.Single("1.0", "1.0")
			app.Sign(app.SBOM(d, sbomTag), "alice")
			s.DeleteTag(prod, "team/app", "1.0")
			moved(s, "1.0")
		}, nil, "run repair there first"},
		"the only signature of an SBOM that is an image elsewhere": {func(s *artifactory.Server, app fixture.Image) {
			d := app.Single("1.0", "1.0")
			app.Sign(app.SBOM(d, sbomTag), "alice")
			s.DeleteTag(prod, "team/app", "1.0")
			there := fixture.New(s).Image(dev, "sboms/app")
			there.Again("1.0", there.SBOM(d, sbomTag))
			s.DeleteTag(dev, "sboms/app", fixture.SuffixTag("", d, sbomTag))
		}, nil, "its subject is in " + dev + "/sboms/app, which lacks it"},
		"what only looks like an attachment by its suffix": {func(_ *artifactory.Server, app fixture.Image) {
			upstream := digest.FromString("a chart of another registry")
			app.Sign(app.Record(upstream, "chart", fixture.Entry{MediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", Content: "chart"}), "alice")
		}, nil, "only its tag looks like one"},
		"what only looks like an attachment by its prefix": {func(s *artifactory.Server, app fixture.Image) {
			upstream := digest.FromString("a chart of another registry")
			d := app.Record(upstream, "chart", fixture.Entry{
				MediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
				Content:   "chart",
			})
			app.Again("mirror-"+fixture.FallbackTag(upstream), d)
			s.DeleteTag(prod, "team/app", fixture.SuffixTag("", upstream, "chart"))
		}, nil, "only its tag looks like one"},
		"what lists something that can be run": {func(s *artifactory.Server, app fixture.Image) {
			d := app.Single("1.0", "1.0")
			r := app.Single("", "runs")
			app.Sign(r, "alice")
			app.IndexReferrer(d, "application/vnd.example", r)
			s.DeleteTag(prod, "team/app", "1.0")
		}, nil, "lists what can be run"},
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

// Two repositories with the same orphans, attached to each other, do not keep them for each other's sake.
func TestPruneRemovesWhatIsOrphanedInTwoRepositories(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, repo := range []string{dev, prod} {
		app := fixture.New(s).Image(repo, "team/app")
		app.Single("other", "other")
		d := app.Single("1.0", "1.0")
		app.Sign(app.SBOM(d, sbomTag), "alice")
		app.Sign(app.Bundle(d, signing, "alice"), "alice")
		s.DeleteTag(repo, "team/app", "1.0")
	}
	for _, args := range [][]string{{"--dry-run"}, {"--subjects-in", dev}} {
		r, o := prune(t, s, append(args, "--quiet")...)
		assert.Equal(t, 0, o.code, o.stderr)
		assert.Equal(t, 4, r.Totals.Removed+r.Totals.Planned, o.stdout)
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
		for _, args := range [][]string{nil, {"--subjects-in", dev}} {
			r, o := prune(t, s, append(args, "--quiet")...)
			assert.Equal(t, 1, o.code)
			assert.NotNil(t, r.Error)
			assert.Equal(t, before, s.Snapshot())
		}
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
	o := plugin(t, s, "prune", prod, "--quiet", "--format", "json")
	validate(t, "prune", o.stdout)
	assert.Contains(t, o.stdout, "--delete deletes them")
	for args, says := range map[string]string{
		"--delete --now":                "add --quiet",
		"--quiet --now":                 "--quarantine-repo <repo> moves them there, --delete deletes them",
		"":                              "--quarantine-repo <repo> moves them there, --delete deletes them",
		"--delete --quarantine-repo qu": "leave one of them out",
	} {
		o := plugin(t, s, append([]string{"prune", prod, "--older-than", "0s"}, strings.Fields(args)...)...)
		assert.Equal(t, 1, o.code, args)
		assert.Contains(t, o.stderr, says, args)
	}
	assert.Equal(t, before, s.Snapshot())
}

func TestPruneRemovesNothingWithoutAJournal(t *testing.T) {
	t.Parallel()
	s := start(t)
	app := fixture.New(s).Image(prod, "team/app")
	app.Single("other", "other")
	gone(s, app, "1.0")
	before := s.Snapshot()
	o := plugin(t, s, "prune", prod, "--older-than", "0s", "--quiet", "--delete", "--now", "--journal",
		"no/such/folder/journal")
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
	assert.Contains(t, strings.Join(r.Warnings, "\n"),
		"team/app has 3 tags, 1 of them attachments, and maxUniqueTags is 3")
}

// An image whose path leads through a suffix tag lies in its folder: it stays when the attachment goes, and does not go
// along to a quarantine.
func TestPruneLeavesImagesBelowAnAttachment(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"deleted": {"--delete"}, "moved": {"--quarantine-repo", "quarantine"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithRepository(artifactory.Repository{Key: "quarantine"}))
			images := fixture.New(s)
			app := images.Image(prod, "team/app")
			app.Sign(app.Single("other", "other"), "bob")
			signature := gone(s, app, "1.0")
			below := images.Image(prod, strings.TrimPrefix(signature, prod+"/"))
			below.Sign(below.Single("latest", "another image"), "bob")
			before := s.Snapshot()
			r, o := prune(t, s, append(args, "--quiet", "--now")...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, 1, r.Totals.Removed)
			after := s.Snapshot()
			for file, sha := range before {
				if strings.HasPrefix(file, signature+"/") && strings.Count(file, "/") == strings.Count(signature, "/")+1 {
					assert.NotContains(t, after, file)
					continue
				}
				assert.Equal(t, sha, after[file], file)
				assert.NotContains(t, after, "quarantine/"+file)
			}
		})
	}
}
