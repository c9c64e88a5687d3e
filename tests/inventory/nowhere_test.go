package inventory

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// team is a user of one repository: whatever is elsewhere, searches do not show it.
func team(s *artifactory.Server, others ...artifactory.Grant) {
	own := artifactory.Grant{Repo: prod, Read: true, Deploy: true, Delete: true, Annotate: true}
	s.AddUser(artifactory.User{Name: user, Password: password, Grants: append(others, own)})
}

// deployed is an image in another repository, the only copy of whose signature is beside other images of the team, or
// alone.
func deployed(s *artifactory.Server, beside bool) (signature string) {
	f := fixture.New(s)
	place := f.Image(prod, "team/app")
	if beside {
		place.Sign(place.Single("2.0", "the next version"), "alice")
	}
	d := f.Image(dev, "team/app").Single("1.0", "in use")
	place.Sign(d, "alice")
	s.Age(48 * time.Hour)
	return place.String() + "/" + fixture.SuffixTag("", d, "sig") + "/manifest.json"
}

// A subject counts as being nowhere only if it was looked for where it may be, by somebody who would have seen it.
func TestPruneProvesThatASubjectIsNowhere(t *testing.T) {
	t.Parallel()
	everything := []string{"--delete", "--quiet", "--now", "--central"}
	for name, c := range map[string]struct {
		rights func(*artifactory.Server)
		args   []string
		alone  bool
		says   string
	}{
		"an administrator sees it": {func(*artifactory.Server) {}, everything, false, "its subject is in " +
			dev},
		"an administrator sees it, for a place": {func(*artifactory.Server) {}, everything, true, "its subject is in " +
			dev},
		"a team names no repository": {
			func(s *artifactory.Server) { team(s) }, everything, false,
			"only an administrator",
		},
		"a team names no repository for a place": {
			func(s *artifactory.Server) { team(s) }, everything, true,
			"only an administrator",
		},
		"a team may not read the repository": {
			func(s *artifactory.Server) { team(s) },
			append([]string{"--subjects-in", dev}, everything...), false, "You need Read on " + dev,
		},
		"a team may read a part of it": {func(s *artifactory.Server) {
			team(s, artifactory.Grant{Repo: dev, Pattern: "team/other/**", Read: true})
		}, append([]string{"--subjects-in", dev}, everything...), false, "It takes Read on all of " + dev},
		"a team may read all of it but the image": {func(s *artifactory.Server) {
			team(s, artifactory.Grant{Repo: dev, Exclude: "team/**", Read: true})
		}, append([]string{"--subjects-in", dev}, everything...), false, "where you may not read"},
		"a team may read all of it but the image, and no search tells": {func(s *artifactory.Server) {
			team(s, artifactory.Grant{Repo: dev, Exclude: "team/**", Read: true})
			s.SetKnobs(func(k *artifactory.Knobs) { k.AQLFilterBeforeLimit = true })
		}, append([]string{"--subjects-in", dev}, everything...), false, "it cannot be told whether its subject is in " + dev},
		"a team may read it": {func(s *artifactory.Server) {
			team(s, artifactory.Grant{Repo: dev, Read: true})
		}, append([]string{"--subjects-in", dev}, everything...), false, "its subject is in " + dev},
		"a team sees the configuration": {func(s *artifactory.Server) {
			team(s)
			s.SetKnobs(func(k *artifactory.Knobs) { k.ConfigurationShown = true })
		}, everything, true, "only an administrator"},
		"nobody can tell who the user is": {func(s *artifactory.Server) {
			s.AddFault(artifactory.Fault{
				Match:  artifactory.Match{Method: "GET", Path: "api/storageinfo"},
				Status: http.StatusInternalServerError,
			})
		}, everything, false, "asking whether the user is an administrator"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			signature := deployed(s, !c.alone)
			c.rights(s)
			r, o := pruneSeen(t, s, append(c.args, "--retries", "0")...)
			assert.Contains(t, s.Snapshot(), signature, "the only copy of a signature")
			assert.Zero(t, r.Totals.Removed)
			assert.Contains(t, o.stdout+o.stderr, c.says)
		})
	}
}

// A user of some repositories who names all in which images may be removes what an administrator would.
func TestPruneByATeam(t *testing.T) {
	t.Parallel()
	s, signature := orphaned(t)
	team(s, artifactory.Grant{Repo: dev, Read: true})
	r, o := prune(t, s, "--quiet", "--subjects-in", dev)
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Equal(t, 1, r.Totals.Removed)
	assert.NotContains(t, s.Snapshot(), signature+"/manifest.json")
}

// Signatures that are kept for images in another registry have no subject anywhere, and are not to be told from those
// of images that are gone.
func TestPruneSparesThePlaceForOtherRegistries(t *testing.T) {
	t.Parallel()
	s := start(t)
	place := fixture.New(s).Image(prod, "signatures")
	place.Sign(digest.FromString("an image of another registry"), "alice")
	place.Bundle(digest.FromString("another one"), signing, "alice")
	before := s.Snapshot()
	r, o := prune(t, s, "--quiet")
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Equal(t, 2, r.Totals.Kept, o.stdout)
	assert.Equal(t, before, s.Snapshot())
	r, o = prune(t, s, "--quiet", "--central")
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Equal(t, 2, r.Totals.Removed, o.stdout)
}

// A prune may run at any moment of a promotion: what it sees for the first time, it leaves.
func TestPruneWithinAPromotion(t *testing.T) {
	t.Parallel()
	s := start(t)
	source := fixture.New(s).Image(dev, "team/app")
	d := source.Single("1.0", "1.0")
	source.Sign(d, "alice")
	source.Bundle(d, signing, "alice")
	fixture.New(s).Image(prod, "team/app").Single("0.9", "0.9")
	s.Age(30 * 24 * time.Hour)
	var runs atomic.Int32
	for _, path := range []string{"/v2/promote", "api/copy/", "/manifests/"} {
		s.AddFault(artifactory.Fault{Match: artifactory.Match{Path: path}, Before: func() {
			if runs.Add(1) > 6 {
				return
			}
			r, o := pruneSeen(t, s, "--delete", "--quiet", "--older-than", "24h")
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Zero(t, r.Totals.Removed)
		}})
	}
	o := plugin(t, s, "promote", "team/app:1.0", dev, prod, "--copy")
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Positive(t, runs.Load())
	for file := range s.Snapshot() {
		if rest, there := strings.CutPrefix(file, dev+"/"); there && strings.HasSuffix(file, "manifest.json") {
			assert.Contains(t, s.Snapshot(), prod+"/"+rest)
		}
	}
}

// Mirrors, imgpkg and oc-mirror name images after digests. An image is no orphan, whatever its tag looks like, and
// keeps its signature.
func TestPruneSparesImagesThatLookLikeAttachments(t *testing.T) {
	t.Parallel()
	s := start(t)
	mirror := fixture.New(s).Image(prod, "mirror/app")
	upstream := digest.FromString("an index of another registry").Encoded()
	for tag, d := range map[string]digest.Digest{
		"mirror-sha256-" + upstream:   mirror.Single("", "with a prefix"),
		"sha256-" + upstream + ".arm": mirror.Single("", "with a suffix"),
		"sha256-" + upstream:          mirror.Platforms("", "bare", "linux/amd64", "linux/arm64").Digest,
		"sha256-" + upstream + ".src": mirror.Odd("", "source code"),
	} {
		mirror.Again(tag, d)
		mirror.Sign(d, "alice")
		s.DeleteTag(prod, "mirror/app", d.String())
	}
	before := s.Snapshot()
	r, o := prune(t, s, "--quiet", "--central")
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Empty(t, r.Attachments)
	assert.Equal(t, before, s.Snapshot())
	gone(s, mirror, "1.0")
	r, _ = prune(t, s, "--quiet")
	assert.Equal(t, 1, r.Totals.Removed, "the path has images of its own")
}
