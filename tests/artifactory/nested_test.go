package artifactory_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// below returns the files of a snapshot below a folder.
func below(s *artifactory.Server, folder string) []string {
	var found []string
	for _, path := range slices.Sorted(maps.Keys(s.Snapshot())) {
		if rest, ok := strings.CutPrefix(path, folder+"/"); ok {
			found = append(found, rest)
		}
	}
	return found
}

// Facts 0: a tag and an image share a folder when the image's path leads through the tag. What a promotion does with
// the image below is unknown: it stays behind, or comes along at its place below the tag. It is never mixed with the
// tag's own files.
func TestPromoteAndImagesBelowATag(t *testing.T) {
	t.Parallel()
	for _, along := range []bool{false, true} {
		for _, copied := range []string{"true", "false"} {
			s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.PromoteTakesSubfolders = along }))
			putImage(s, "dev", "app", "1", "layer")
			nested, _ := putImage(s, "dev", "app/1", "latest", "another layer")
			putImage(s, "prod", "app", "1", "old")
			putImage(s, "prod", "app/1", "own", "of the target")
			there, own := below(s, "dev/app/1/latest"), below(s, "prod/app/1/own")
			require.Equal(t, 200, admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","copy":`+copied), jsonType).status)
			assert.Len(t, slices.DeleteFunc(below(s, "prod/app/1"), func(f string) bool { return strings.Contains(f, "/") }), 3,
				"the tag's own")
			assert.Equal(t, own, below(s, "prod/app/1/own"), "the image below at the target")
			if !along {
				assert.Equal(t, there, below(s, "dev/app/1/latest"))
				assert.Empty(t, below(s, "prod/app/1/latest"))
				continue
			}
			assert.Equal(t, there, below(s, "prod/app/1/latest"))
			assert.Equal(t, copied == "true", len(below(s, "dev/app/1/latest")) > 0, "a move takes it away")
			assert.Equal(t, []string{"app/1"}, s.SnapshotProperties()["prod/app/1/latest/manifest.json"]["docker.repoName"])
			assert.Equal(t, nested, "sha256:"+s.Snapshot()["prod/app/1/latest/manifest.json"])
		}
	}
}

// Facts 0: a push to the tag leaves the image below alone, whatever that is called; a delete of the tag's folder takes
// it with it.
func TestImagesBelowATagAndItsFolder(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.StrictTagOverwrite = true }))
	putImage(s, "dev", "app", "1", "layer")
	putImage(s, "dev", "app/1/list.manifest.json", "latest", "another layer")
	there := below(s, "dev/app/1/list.manifest.json")
	raw, _ := imageManifest(s, "dev", "app", "pushed again")
	c := admin(t, s)
	require.Equal(t, 201, c.do("PUT", api+"app/manifests/1", string(raw), manifestType).status)
	assert.Equal(t, there, below(s, "dev/app/1/list.manifest.json"))
	require.Equal(t, 204, c.do("DELETE", "dev/app/1", "").status)
	assert.Empty(t, below(s, "dev/app/1"))
}

// Facts 2.8, 0: retention deletes a tag with all that is in its folder.
func TestRetentionTakesImagesBelowATag(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithRepository(artifactory.Repository{Key: "few", MaxUniqueTags: 1}))
	putImage(s, "few", "app", "1", "layer")
	putImage(s, "few", "app/1", "latest", "another layer")
	raw, _ := imageManifest(s, "few", "app", "the next")
	require.Equal(t, 201, admin(t, s).do("PUT", "api/docker/few/v2/app/manifests/2", string(raw), manifestType).status)
	assert.Empty(t, below(s, "few/app/1"))
	assert.NotEmpty(t, below(s, "few/app/2"))
}
