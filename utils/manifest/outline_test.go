package manifest_test

import (
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

func TestOutline(t *testing.T) {
	t.Parallel()
	m := parse(t, ocispec.MediaTypeImageManifest, manifest.Content{
		Config: &ocispec.Descriptor{
			MediaType: "example/type",
			Digest:    of("config").Digest,
		}, Layers: []ocispec.Descriptor{of("a")},
	})
	for _, o := range []manifest.Manifest{m.Outline(), m.Outline().Outline()} {
		assert.Equal(t, m.Digest, o.Digest)
		assert.Equal(t, m.MediaType, o.MediaType)
		assert.Equal(t, "example/type", o.ArtifactType())
		assert.Equal(t, int64(len(m.Raw)), o.Size())
		assert.Empty(t, o.Raw)
		assert.Empty(t, o.Content.Layers)
	}
	assert.Equal(t, int64(len(m.Raw)), m.Size())
	assert.Zero(t, manifest.Manifest{}.Outline().Size())
}
