package attachment_test

import (
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

func TestWaves(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	amd64, deep := r.image("", "amd64"), r.image("", "deep")
	root := r.index("1.0", amd64, r.index("", deep))
	sig := r.hang("", root, "sig", "A")
	onSig := r.hang("", sig, "sig", "B")
	bundle := r.refer(deep, bundleType, "bundle")
	onBundle := r.refer(bundle, bundleType, "bundle")
	layer := r.image("", "layer")
	inner := r.index("", layer)
	d := descriptor(bundle)
	asIndex := r.put("", ocispec.MediaTypeImageIndex, manifest.Content{
		ArtifactType: "example/x",
		Manifests:    descriptors(inner), Subject: &d,
	})
	onLayer := r.refer(layer, bundleType, "on a part of an attached index")
	waves := r.discover(root).Waves()
	for _, m := range []manifest.Manifest{root, amd64, deep} {
		assert.Equal(t, 0, waves[m.Digest], "the image itself")
	}
	for _, m := range []manifest.Manifest{sig, bundle} {
		assert.Equal(t, 1, waves[m.Digest])
	}
	for _, m := range []manifest.Manifest{onSig, onBundle, asIndex, inner, layer} {
		assert.Equal(t, 2, waves[m.Digest])
	}
	assert.Equal(t, 3, waves[onLayer.Digest])
}

// One record can are attached to what it is itself, and on the image: the way that is shorter counts, and a circle
// ends.
func TestWavesOfACircle(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, false)
	root := r.image("1.0", "app")
	sbom := r.hang("", root, "sbom")
	for _, m := range []manifest.Manifest{sbom, root} {
		r.folders["sha256-"+m.Digest.Encoded()+".sig"] = sbom
	}
	waves := r.discover(root).Waves()
	assert.Len(t, waves, 2)
	assert.Equal(t, 1, waves[sbom.Digest])
}
