package layouts

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// F20: signatures in a second repository (COSIGN_REPOSITORY), where the image itself is not. They are found only when
// that repository is named, and go where the user says, or stay.
func TestAttachmentRepository(t *testing.T) {
	t.Parallel()
	const others, otherProd = "docker-signatures", "docker-prod-signatures"
	from, to := reference.Image{Repo: others, Path: "sigs"}, reference.Image{Repo: otherProd, Path: "kept/sigs"}
	tests := map[string]struct {
		places []plan.Mapping
		// arrives is where the signatures are afterwards.
		arrives reference.Image
		signed  bool
	}{
		"not named":   {arrives: from},
		"stays":       {places: []plan.Mapping{{From: from}}, arrives: from, signed: true},
		"goes along":  {places: []plan.Mapping{{From: from, To: to}}, arrives: to, signed: true},
		"same as DST": {places: []plan.Mapping{{From: from, To: from}}, arrives: from, signed: true},
		"to the image": {
			places:  []plan.Mapping{{From: from, To: reference.Image{Repo: prod, Path: name}}},
			arrives: reference.Image{Repo: prod, Path: name}, signed: true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, m := range modes() {
				for _, held := range []bool{false, true} {
					s := newStage(t, m)
					for _, key := range []string{others, otherProd} {
						s.server.AddRepository(artifactory.Repository{Key: key})
					}
					root := s.app.Single(tag, "v1")
					elsewhere := s.app
					elsewhere.Repo, elsewhere.Name = from.Repo, from.Path
					hangElsewhere(s, elsewhere, root, "alice")
					arrives := elsewhere
					arrives.Repo, arrives.Name = tt.arrives.Repo, tt.arrives.Path
					if held && tt.arrives != from {
						hangElsewhere(s, arrives, root, "bob")
					}
					want := union(s.walk(elsewhere, root), s.walk(arrives, root))
					before := s.folders(elsewhere)

					r := request(true)
					r.Places, r.AllowUnsigned = tt.places, false
					result := s.promote(r)
					assert.Equal(t, before, s.folders(elsewhere), "what is kept elsewhere may serve other images and stays")
					if !tt.signed {
						assert.Equal(t, promotion.Refused, result.Outcome)
						continue
					}
					require.NoError(t, result.Err)
					// The image is not where its attachments are kept.
					delete(want.types, root)
					s.walk(arrives, append(want.known(), root)...).shows(t, want)
					assert.Equal(t, root.String(), s.tagged())
				}
			}
		})
	}
}

func hangElsewhere(s *stage, image fixture.Image, root digest.Digest, key string) {
	image.Sign(image.Sign(root, key), "carol")
	image.Attest(root, key)
	first := s.bundle(image, root, key)
	s.bundle(image, first, "carol")
}
