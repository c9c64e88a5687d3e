package layouts

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// stagingTag is where an image waits for its tag.
func stagingTag() string { return reference.StagingTag(tag) }

func pinned(move bool) plan.Request {
	r := request(move)
	r.Pin = true
	return r
}

// A pinned promotion sets the tag by a PUT of exactly the bytes that were looked at, whatever kind of image was there
// before, carries the properties over that users set, and leaves no staging tag.
func TestPinned(t *testing.T) {
	t.Parallel()
	former := map[string]func(s *stage){
		"nothing":    func(*stage) {},
		"an image":   func(s *stage) { s.target.Sign(s.target.Single(tag, "old"), "bob") },
		"an index":   func(s *stage) { s.target.Sign(s.target.Platforms(tag, "old", "linux/amd64").Digest, "bob") },
		"a leftover": func(s *stage) { s.target.Platforms(stagingTag(), "of an earlier run", "linux/s390x") },
	}
	images := map[string]func(s *stage) digest.Digest{
		"image": func(s *stage) digest.Digest { return s.app.Single(tag, "v1") },
		"index": func(s *stage) digest.Digest { return s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64").Digest },
	}
	for before, prepare := range former {
		for kind, build := range images {
			for _, strict := range []bool{false, true} {
				for _, move := range []bool{false, true} {
					t.Run(strings.Join([]string{kind, "over", before}, " "), func(t *testing.T) {
						t.Parallel()
						s := newStage(t, withAPI())
						s.server.SetKnobs(func(k *artifactory.Knobs) { k.StrictTagOverwrite = strict })
						root := build(s)
						rich(s, s.app, root, "alice")
						prepare(s)
						s.annotate(s.app, map[string][]string{"build.name": {"app"}, "stage": {"a", "b"}})
						story := s.begin(root)
						delete(story.targetFolders, stagingTag())
						story.arrived(s.promote(pinned(move)))
						assert.NotContains(t, s.folders(s.target), stagingTag())
						properties := s.server.SnapshotProperties()[s.servedFile(s.target, tag)]
						assert.Equal(t, []string{"app"}, properties["build.name"])
						assert.Equal(t, []string{"a", "b"}, properties["stage"])
						assert.Equal(t, []string{tag}, properties["docker.manifest"])
						story.againAs(pinned(move))
					})
				}
			}
		}
	}
}

// What an interrupted run left behind the staging tag goes with the next run, pinned or not, even if nothing else is
// left to do.
func TestStagingTagIsCleanedUp(t *testing.T) {
	t.Parallel()
	for _, pin := range []bool{false, true} {
		s := newStage(t, withAPI())
		root := s.app.Single(tag, "v1")
		s.app.Sign(root, "alice")
		r := request(false)
		r.Pin = pin
		require.NoError(t, s.promote(r).Err)
		s.target.Single(stagingTag(), "v1")
		result := s.promote(r)
		require.NoError(t, result.Err)
		assert.Equal(t, promotion.Promoted, result.Outcome)
		assert.NotContains(t, s.folders(s.target), stagingTag())
		assert.Equal(t, root.String(), s.tagged())
	}
}

// A registry that keeps attachments in the folder of the tag under which their subject came keeps that folder.
func TestStagingTagWithAttachmentsStays(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	root := s.app.Single(tag, "v1")
	s.app.Sign(root, "alice")
	inside := sig(root) + "/manifest.json"
	s.server.OnChange(func() {
		if files := s.folders(s.target)[stagingTag()]; files != nil && files[inside] == "" {
			s.server.PutFile(prod, name+"/"+stagingTag()+"/"+inside, []byte("{}"), nil)
		}
	})
	result := s.promote(pinned(false))
	require.NoError(t, result.Err)
	warned(t, result, []string{"stays: the registry keeps attachments in its folder"})
	assert.Contains(t, s.folders(s.target), stagingTag())
	assert.Equal(t, root.String(), s.tagged())
	again := s.promote(pinned(false))
	require.NoError(t, again.Err)
	assert.Equal(t, promotion.AlreadyThere, again.Outcome)
}

// Without Annotate at the target the image arrives, and there is a warning.
func TestPinnedWithoutAnnotate(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	root := s.app.Single(tag, "v1")
	s.app.Sign(root, "alice")
	s.annotate(s.app, map[string][]string{"build.name": {"app"}})
	s.server.AddFault(artifactory.Fault{
		Match:  artifactory.Match{Method: http.MethodPut, Path: "properties="},
		Status: http.StatusForbidden,
	})
	result := s.promote(pinned(true))
	require.NoError(t, result.Err)
	warned(t, result, []string{"needs Annotate"})
	assert.Equal(t, root.String(), s.tagged())
}
