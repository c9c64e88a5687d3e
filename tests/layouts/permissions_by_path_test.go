package layouts

import (
	"fmt"
	"maps"
	"net/http"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// byPath is a promotion by one whose rights differ from path to path.
type byPath struct {
	build  func(s *stage) digest.Digest
	grants []artifactory.Grant
	move   bool
	// side and hint are of the failure.
	side failure.Side
	hint string
	// hidden checks what a server that hides makes of it, if not the same.
	hidden func(t *testing.T, story *story, result *promotion.Result)
	// late reports that at a server that hides it is found only by what cannot be read back.
	late bool
}

func pathsOnly(r rights, repo, pattern, exclude string) artifactory.Grant {
	g := r.grant(repo)
	g.Pattern, g.Exclude = pattern, exclude
	return g
}

func byPaths() map[string]byPath {
	both := func(s *stage) digest.Digest {
		root := signedSingle(s)
		s.app.Attest(root, slsa)
		s.bundle(s.app, root, "alice")
		return root
	}
	taken := func(s *stage) digest.Digest {
		root := both(s)
		s.target.Sign(root, "bob")
		s.target.Single(tag, "old")
		return root
	}
	listed := func(s *stage) digest.Digest {
		root := s.app.Single(tag, "v1")
		s.bundle(s.app, root, "alice")
		s.bundle(s.target, root, "bob")
		return root
	}
	unsigned := func(t *testing.T, _ *story, result *promotion.Result) {
		t.Helper()
		assert.True(t, failure.IsRefusal(result.Err), "%v", result.Err)
		assert.ErrorContains(t, result.Err, "is not signed")
	}
	return map[string]byPath{
		"Deploy on tags alone": {
			build: both, grants: []artifactory.Grant{
				rights("rd").grant(dev), rights("r").grant(prod),
				pathsOnly("wd", prod, "", "**/sha256*/**"),
			},
			side: failure.Target, hint: "Deploy on " + prod,
		},
		"Deploy on all but attestations": {
			build: both, grants: []artifactory.Grant{
				rights("rd").grant(dev), rights("r").grant(prod),
				pathsOnly("wd", prod, "", "**/*.att/**"),
			},
			side: failure.Target, hint: ".att",
		},
		"Deploy on all but digests": {
			build: both, grants: []artifactory.Grant{
				rights("rd").grant(dev), rights("r").grant(prod),
				pathsOnly("wd", prod, "", "**/sha256:*/**"),
			},
			side: failure.Target, hint: "Deploy on " + prod + "/" + name + "/sha256:",
		},
		"Delete on all but signatures at the target": {
			build: taken, grants: []artifactory.Grant{
				rights("rd").grant(dev), rights("rw").grant(prod),
				pathsOnly("d", prod, "", "**/*.sig/**"),
			},
			side: failure.Target, hint: "Delete on " + prod,
		},
		"Delete on all but signatures at the source": {
			build: both, move: true, grants: []artifactory.Grant{
				rights("r").grant(dev), pathsOnly("d", dev, "", "**/*.sig/**"),
				rights("rwd").grant(prod),
			},
			side: failure.Source, hint: ".sig",
		},
		"Delete on signatures alone at the source": {
			build: both, move: true, grants: []artifactory.Grant{
				rights("r").grant(dev), pathsOnly("d", dev, "**/*.sig/**", ""),
				rights("rwd").grant(prod),
			},
			side: failure.Source, hint: "Delete on " + dev + "/" + name + "/" + tag,
		},
		"Read on all but attachments at the source": {
			build: both, grants: []artifactory.Grant{pathsOnly("r", dev, "", "**/sha256*/**"), rights("rwd").grant(prod)},
			side: failure.Source, hint: "Read on " + dev, hidden: unsigned,
		},
		"Read on one tag alone at the source": {
			build: both, grants: []artifactory.Grant{
				pathsOnly("r", dev, name, ""), pathsOnly("r", dev, name+"/"+tag+"/**", ""),
				rights("rwd").grant(prod),
			},
			side: failure.Source, hint: "Read on " + dev, hidden: unsigned,
		},
		"Read on another image alone at the target": {
			build: taken, grants: []artifactory.Grant{
				rights("rd").grant(dev), pathsOnly("r", prod, "other/**", ""),
				rights("wd").grant(prod),
			},
			side: failure.Target, hint: "Read on " + prod, late: true,
		},
		"Read on another image alone at the target, with fallback tags": {
			build: listed, grants: []artifactory.Grant{
				rights("rd").grant(dev), pathsOnly("r", prod, "other/**", ""),
				rights("wd").grant(prod),
			},
			side: failure.Target, hint: "Read on " + prod, late: true,
		},
		"Read on all but records at the target": {
			build: taken, grants: []artifactory.Grant{
				rights("rd").grant(dev), pathsOnly("r", prod, "", "**/sha256-*/**"),
				rights("wd").grant(prod),
			},
			side: failure.Target, hint: "Read on " + prod, late: true,
		},
	}
}

// TestPermissionsByPath: permission targets can have patterns. What the server lets one ask is asked before the first
// write; where it hides what may not be read, a promotion fails when it cannot read back what it wrote, with the tag
// untouched and nothing lost.
func TestPermissionsByPath(t *testing.T) {
	t.Parallel()
	for name, c := range byPaths() {
		for _, hidden := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, hidden %t", name, hidden), func(t *testing.T) {
				t.Parallel()
				for _, m := range []mode{withAPI(), withoutAPI()} {
					c.promote(t, m, hidden)
				}
			})
		}
	}
}

func (c byPath) promote(t *testing.T, m mode, hidden bool) {
	t.Helper()
	s := newStage(t, m)
	s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = hidden })
	root := c.build(s)
	s.grants(c.grants...)
	story := s.begin(root)
	tagged := s.tagged()
	r := request(c.move)
	r.AllowUnsigned = false
	result := s.promote(r)
	require.Error(t, result.Err)
	t.Log(result.Err)
	assert.Equal(t, story.sourceFolders, s.folders(s.app), "the source")
	assert.Equal(t, tagged, s.tagged(), "the target tag")
	assert.True(t, s.walk(s.target, append(story.before.known(), root)...).holds(story.before),
		"something was lost at the target")
	if !c.late || !hidden {
		assert.Equal(t, story.targetFolders, s.folders(s.target), "the target")
		assert.Empty(t, s.wire.writes())
	}
	if hidden && c.hidden != nil {
		c.hidden(t, story, result)
		return
	}
	var told *failure.Failure
	require.ErrorAs(t, result.Err, &told)
	assert.Equal(t, c.side, told.Side)
	assert.Contains(t, told.Hint, c.hint)
}

// A rerun of a move whose source tag is gone asks as well before it deletes what is left.
func TestPermissionsOfARerun(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{false, true} {
		s := newStage(t, withAPI())
		s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = hidden })
		root := signedSingle(s)
		s.app.Attest(root, slsa)
		s.target.Single(tag, "v1")
		s.target.Sign(root, "alice")
		s.target.Attest(root, slsa)
		s.server.DeleteTag(dev, name, tag)
		before := s.folders(s.app)
		s.grants(rights("r").grant(dev), pathsOnly("d", dev, "", "**/*.att/**"), rights("r").grant(prod),
			rights("w").grant(prod))
		result := s.promote(request(true))
		require.Error(t, result.Err)
		var told *failure.Failure
		require.ErrorAs(t, result.Err, &told)
		assert.Contains(t, told.Hint, "Delete on "+dev)
		assert.Equal(t, before, s.folders(s.app))
	}
}

// A delete that a hiding server refuses by 404 is no delete.
func TestAHiddenRefusalToDeleteIsNoDelete(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = true })
	root := signedSingle(s)
	story := s.begin(root)
	s.wire.answer = func(r *http.Request, _ []byte) *reply {
		if r.Method != http.MethodDelete {
			return nil
		}
		return &reply{status: http.StatusNotFound, header: http.Header{}, body: []byte(`{"errors":[{"status":404,"message":"Unable to find item"}]}`)}
	}
	result := s.promote(request(true))
	require.Error(t, result.Err)
	assert.Equal(t, promotion.Failed, result.Outcome)
	assert.True(t, maps.EqualFunc(story.sourceFolders, s.folders(s.app), maps.Equal[map[string]string, map[string]string]))
	assert.Equal(t, root.String(), s.tagged())
}

// The one thing that a server which hides makes possible: a tag that cannot be seen, of an image without attachments
// whose read back would tell, is replaced in spite of NoOverwrite. It is no success.
func TestAHiddenTagIsReplaced(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = true })
	s.app.Single(tag, "v1")
	s.target.Single(tag, "old")
	s.grants(rights("r").grant(dev), pathsOnly("r", prod, "other/**", ""), rights("wd").grant(prod))
	r := request(false)
	r.NoOverwrite = true
	result := s.promote(r)
	var told *failure.Failure
	require.ErrorAs(t, result.Err, &told)
	assert.Contains(t, told.Hint, "Read on "+prod)
	assert.Equal(t, promotion.Failed, result.Outcome)
}

// Delete for a staging tag cannot be asked about before the tag is there: the image is promoted then, and the tag left
// behind.
func TestPinWithoutDelete(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	root := signedSingle(s)
	s.grants(rights("r").grant(dev), rights("rw").grant(prod))
	story := s.begin(root)
	r := request(false)
	r.Pin = true
	result := s.promote(r)
	var told *failure.Failure
	require.ErrorAs(t, result.Err, &told)
	assert.Contains(t, told.Hint, "Delete on "+prod)
	assert.Equal(t, promotion.Failed, result.Outcome)
	assert.Equal(t, root.String(), s.tagged())
	assert.Contains(t, s.folders(s.target), reference.StagingTag(tag))
	assert.Zero(t, story.early.Load())
}
