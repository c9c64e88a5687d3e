package layouts

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// A referrer that the target has, and lists in its fallback tag alone, is nothing to clients that see a referrers API:
// it is pushed again, so that the API lists it.
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

// A pinned promotion has a staging tag anyway: where attachments are taken for an image alone that is there, it comes
// first.
func TestPinnedWhereTheSubjectComesFirst(t *testing.T) {
	t.Parallel()
	for _, unlisted := range []bool{false, true} {
		s := newStage(t, withAPI())
		s.server.SetKnobs(func(k *artifactory.Knobs) {
			k.BeforeSubject = artifactory.SubjectlessRefused
			if unlisted {
				k.BeforeSubject = artifactory.SubjectlessUnlisted
			}
		})
		root := signedSingle(s)
		s.bundle(s.app, root, "alice")
		story := s.begin(root)
		r := request(true)
		r.Pin = true
		story.arrived(s.promote(r))
		story.left(s.bystanders()...)
		assert.NotContains(t, s.folders(s.target), reference.StagingTag(tag))
	}
}
