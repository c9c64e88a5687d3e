package peers

import (
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

const (
	dev, prod      = "docker-dev-local", "docker-prod-local"
	image, tag     = "team/app", "1.0"
	secondTag      = "2.0"
	user, password = "ci", "bench-only"

	// signing is the predicate type of a bundle that is a signature.
	signing = "https://sigstore.dev/cosign/sign/v1"
	// layerSize is that of each of the three layers of a manifest.
	layerSize = 5 << 20
)

// attachment is something that has to arrive: behind a tag, or as a referrer of a subject.
type attachment struct{ subject, digest digest.Digest }

// tagged is an attachment that is found by its tag.
type tagged struct {
	tag    string
	digest digest.Digest
}

// shelf is an image that is being stored, and remembers what was attached to it: the list that every tool is judged by.
type shelf struct {
	image fixture.Image
	root  digest.Digest
	// manifests are the children of the image, if it is an index.
	manifests []digest.Digest
	tagged    []tagged
	referrers []attachment
}

func newShelf(f *fixture.Fixture, repo string) *shelf {
	return &shelf{image: f.Image(repo, image).Sized(layerSize, layerSize, layerSize)}
}

func (s *shelf) single() {
	s.root = s.image.Single(tag, "v1")
}

func (s *shelf) platforms() {
	index := s.image.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
	s.root, s.manifests = index.Digest, index.Children
}

// subjects are the digests that a recursive signer signs.
func (s *shelf) subjects() []digest.Digest { return append([]digest.Digest{s.root}, s.manifests...) }

func (s *shelf) suffix(subject digest.Digest, suffix string, d digest.Digest) digest.Digest {
	s.tagged = append(s.tagged, tagged{tag: fixture.SuffixTag("", subject, suffix), digest: d})
	return d
}

func (s *shelf) sign(subject digest.Digest) {
	s.suffix(subject, "sig", s.image.Sign(subject, "alice"))
}

func (s *shelf) bundle(subject digest.Digest) {
	s.referrers = append(s.referrers, attachment{subject, s.image.Bundle(subject, signing, "alice")})
}

// fallback stores what clients leave where there is no referrers API.
func (s *shelf) fallback() {
	entries := map[digest.Digest][]digest.Digest{}
	for _, r := range s.referrers {
		entries[r.subject] = append(entries[r.subject], r.digest)
	}
	for subject, list := range entries {
		s.image.FallbackBy(fixture.ByCosign31, subject, list...)
	}
}

// rich attaches .sig, .att and .sbom, a .sig to the .att and one to the .sbom, a bundle, an SBOM as referrer, and a
// bundle to that.
func (s *shelf) rich() {
	s.single()
	s.sign(s.root)
	s.sign(s.suffix(s.root, "att", s.image.Attest(s.root, "https://slsa.dev/provenance/v1")))
	s.sign(s.suffix(s.root, "sbom", s.image.SBOM(s.root, `{"spdxVersion":"SPDX-2.3"}`)))
	s.bundle(s.root)
	const spdx = "application/spdx+json"
	sbom := s.image.Attach(s.root, fixture.Artifact{Type: spdx, Inline: true, LayerType: spdx, Contents: []string{`{"spdxVersion":"SPDX-2.3"}`}})
	s.referrers = append(s.referrers, attachment{s.root, sbom})
	s.bundle(sbom)
}

// attached is the number of attachments.
func (s *shelf) attached() int { return len(s.tagged) + len(s.referrers) }

// layerBytes is the size of all layers of the image.
func (s *shelf) layerBytes() int64 {
	return int64(3*layerSize) * int64(max(1, len(s.manifests)))
}
