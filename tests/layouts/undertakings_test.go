package layouts

import (
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// undertaking is a promotion that is disturbed in every way: an image, what the target holds already, and how it is
// promoted.
type undertaking struct {
	name    string
	mode    mode
	build   func(s *stage) (root digest.Digest)
	request plan.Request
	// occupied reports that the tag shows another image, which comes back if need be.
	occupied bool
}

// start sets a stage for one run.
func (u undertaking) start(s *stage) *story { return s.begin(u.build(s)) }

// undertakings are all combinations of image, target and way.
func undertakings() []undertaking {
	var found []undertaking
	for _, i := range disturbed() {
		for _, occupied := range []bool{false, true} {
			if i.occupy != nil && (!occupied || i.long && !*all) {
				continue
			}
			for _, way := range ways() {
				found = append(found, undertaking{
					name: i.name + occupation(occupied) + way.name, mode: i.mode, request: way.request, occupied: occupied,
					build: func(s *stage) digest.Digest { return i.build(s, occupied) },
				})
			}
		}
	}
	return found
}

func occupation(occupied bool) string {
	if occupied {
		return ", occupied, "
	}
	return ", empty, "
}

// way is how an image is promoted.
type way struct {
	name    string
	request plan.Request
}

func ways() []way {
	return []way{
		{"copy", request(false)}, {"move", request(true)}, {"pinned copy", pinned(false)}, {"pinned move", pinned(true)},
	}
}

// disturbedImage is an image, the root first, and what one party attaches to it at either side.
type disturbedImage struct {
	name   string
	mode   mode
	make   func(s *stage) []digest.Digest
	attach func(s *stage, image fixture.Image, digests []digest.Digest, key string)
	// occupy puts another image under the tag of an occupied target, if not a plain one.
	occupy func(s *stage)
	// long leaves it to `make sweep faults`.
	long bool
}

// build makes the image at the source with what alice attached. An occupied target has another image under the tag, and
// what bob attached to the same image.
func (i disturbedImage) build(s *stage, occupied bool) (root digest.Digest) {
	digests := i.make(s)
	i.attach(s, s.app, digests, "alice")
	s.annotate(s.app, map[string][]string{"build.name": {"app"}, "stage": {"a", "b"}})
	if occupied {
		i.attach(s, s.target, digests, "bob")
		i.occupied(s)
	}
	return digests[0]
}

func (i disturbedImage) occupied(s *stage) {
	if i.occupy != nil {
		i.occupy(s)
		return
	}
	s.target.Sign(s.target.Single(tag, "old"), "bob")
}

// needed puts an image under the tag that an index of the target needs, and that is in no other folder, as
// `docker manifest create` leaves it.
func needed(s *stage) {
	piece := s.target.Single(tag, "old")
	s.target.Sign(s.target.Join("9.0", piece).Digest, "bob")
}

func disturbed() []disturbedImage {
	single := func(s *stage) []digest.Digest { return []digest.Digest{s.app.Single(tag, "v1")} }
	platforms := func(s *stage) []digest.Digest {
		index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
		return append([]digest.Digest{index.Digest}, index.Children...)
	}
	sign := func(_ *stage, image fixture.Image, digests []digest.Digest, key string) {
		for _, d := range digests {
			image.Sign(d, key)
		}
	}
	bundle := func(s *stage, image fixture.Image, digests []digest.Digest, key string) {
		s.bundle(image, digests[0], key)
	}
	everything := func(s *stage, image fixture.Image, digests []digest.Digest, key string) {
		rich(s, image, digests[0], key)
	}
	return []disturbedImage{
		{"single", withAPI(), single, sign, nil, false},
		{"single over what an index needs", withAPI(), single, sign, needed, false},
		{"single over what an index needs, without API", withoutAPI(), single, sign, needed, true},
		{"2-platform", withAPI(), platforms, sign, nil, false},
		{"bundle", withAPI(), single, bundle, nil, false},
		{"rich", withAPI(), single, everything, nil, false},
		{"rich without API", withoutAPI(), platforms, everything, nil, false},
	}
}
