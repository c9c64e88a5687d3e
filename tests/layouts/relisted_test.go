package layouts

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// A referrer that the target has, and lists in its fallback tag alone, is nothing to clients that see a referrers API: it is pushed
// again, so that the API lists it.
func TestWhatOnlyTheFallbackTagListsIsListed(t *testing.T) {
	t.Parallel()
	for _, move := range []bool{false, true} {
		s := newStage(t, withAPI())
		root := signedSingle(s)
		for _, image := range []fixture.Image{s.app, s.target} {
			d := image.NotationSignature(root, "alice", fixture.COSE)
			s.fallback(image, root, d)
			s.unlist(image, d)
		}
		story := s.begin(root)
		result := s.promote(request(move))
		story.arrived(result)
		assert.Len(t, result.Plan.Of(plan.PushReferrer), 1)
		story.again(move)
	}
}
