package layouts

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Tags of one image that are promoted at the same time, some of which share a child or all, share nothing in this
// process that only one of them may write: that is for the race detector. All of them arrive, with what is attached to
// them.
func TestTagsTogether(t *testing.T) {
	t.Parallel()
	for _, pin := range []bool{false, true} {
		for _, m := range modes()[:2] {
			s := newStage(t, m)
			shared := s.app.Platforms("3.0", "shared", "linux/amd64", "linux/arm64")
			s.app.Sign(shared.Children[0], "alice")
			s.app.Sign(shared.Digest, "alice")
			for n := range 6 {
				s.app.Sign(s.app.Single(fmt.Sprintf("1.%d", n), fmt.Sprint("image ", n)), "alice")
				s.app.Sign(s.app.Join(fmt.Sprintf("2.%d", n), shared.Children[n%2], s.app.Single("", fmt.Sprint("own ", n))).Digest,
					"alice")
				s.app.Again(fmt.Sprintf("latest-%d", n), shared.Digest)
			}
			image := func(repo string) reference.Reference {
				return reference.Reference{Image: reference.Image{Repo: repo, Path: name}}
			}
			summary, err := s.engine.Run(t.Context(), plan.Request{
				Source: image(dev), Target: image(prod),
				OnConflict: plan.OnConflictMerge, Pin: pin,
			}, 8)
			require.NoError(t, err)
			require.Len(t, summary.Results, 1+1+3*6)
			for _, r := range summary.Results {
				require.NoError(t, r.Err)
				assert.Equal(t, promotion.Promoted, r.Outcome)
			}
			source, target := s.folders(s.app), s.folders(s.target)
			for folder := range source {
				assert.Contains(t, target, folder)
			}
		}
	}
}
