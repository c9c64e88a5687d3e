package layouts

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/promotion"
)

// A move out of an image with many tags ends, though somebody pushes another tag before every look at its folders: what
// was read of the other tags is remembered, and only what came is read.
func TestMoveOutOfABusyImage(t *testing.T) {
	t.Parallel()
	const tags = 60
	s := newStage(t, withAPI())
	index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
	for _, d := range append(index.Children, index.Digest) {
		s.app.Sign(d, "alice")
	}
	for n := range tags {
		s.app.Single(fmt.Sprint("old-", n), fmt.Sprint("old image ", n))
	}
	story := s.begin(index.Digest)
	pushed := 0
	s.wire.before = func(_ int, r *http.Request) {
		if strings.Contains(r.URL.Path, "/api/storage/"+dev+"/"+name) && r.URL.Query().Has("list") {
			pushed++
			s.app.Single(fmt.Sprint("new-", pushed), fmt.Sprint("new image ", pushed))
		}
	}
	result := s.promote(request(true))
	require.NoError(t, result.Err)
	assert.Equal(t, promotion.Promoted, result.Outcome)
	require.Greater(t, pushed, 5)
	reads := map[string]int{}
	for _, x := range s.wire.requests() {
		if at := strings.LastIndex(x.path, "/"+dev+"/v2/"+name+"/manifests/"); at >= 0 && x.method == http.MethodGet {
			reads[x.path]++
		}
	}
	for path, n := range reads {
		assert.LessOrEqual(t, n, 2, "reads of %s", path)
	}
	folders := s.folders(s.app)
	for folder := range story.sourceFolders {
		mine := folder == tag || strings.HasPrefix(folder, "sha256") && !strings.Contains(strings.Join(s.bystanders(), " "),
			folder)
		assert.Equal(t, !mine, folders[folder] != nil, "%s is at the source", folder)
	}
}

// Tags of one image that several jobs move at the same time leave nothing behind: each job keeps what the others need,
// and the last one finds that nobody needs it any more.
func TestTagsOfOneImageAreMovedByFourJobs(t *testing.T) {
	t.Parallel()
	for range 5 {
		s := newStage(t, withAPI())
		index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
		for _, d := range append(index.Children, index.Digest) {
			s.app.Sign(d, "alice")
		}
		tags := []string{tag, "1", "1.0.0", "stable"}
		for _, other := range tags[1:] {
			s.app.Again(other, index.Digest)
		}
		var jobs sync.WaitGroup
		for _, one := range tags {
			jobs.Go(func() {
				r := request(true)
				r.Source.Tag, r.Target.Tag = one, one
				summary, err := s.engine.Run(t.Context(), r, 1)
				if assert.NoError(t, err) {
					assert.NoError(t, summary.Results[0].Err)
				}
			})
		}
		jobs.Wait()
		want := s.bystanders()
		for folder := range s.folders(s.app) {
			assert.Contains(t, want, folder, "left at the source")
		}
	}
}

// Another job moves another tag of the same image between any two requests of this one. Whichever of the two deletes
// its tag last takes what only the two needed.
func TestTheLastOfTwoJobsTakesTheRest(t *testing.T) {
	t.Parallel()
	for k := 1 + coarse(3)/2; ; k += coarse(3) {
		s := newStage(t, withAPI())
		root := s.app.Single(tag, "v1")
		s.app.Sign(root, "alice")
		s.app.Again("stable", root)
		s.target.Again("stable", s.target.Single("", "v1"))
		came := false
		s.atRequest(k, func() {
			came = true
			_, mineIsThere := s.folders(s.app)[tag]
			s.server.DeleteTag(dev, name, "stable")
			if !mineIsThere {
				s.server.DeleteTag(dev, name, sig(root))
			}
		})
		result := s.promote(request(true))
		require.NoError(t, result.Err, "before request %d", k)
		if !came {
			assert.Len(t, result.Stays, 1, "the signature stays for the other tag")
			return
		}
		for folder := range s.folders(s.app) {
			assert.Contains(t, s.bystanders(), folder, "left at the source, before request %d", k)
		}
	}
}
