package attachment_test

import (
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// What BuildKit lists beside a platform only attests to it: nobody has to sign that.
func TestAttestationManifestsNeedNoSignature(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	signed, unsigned, attests, noted := r.image("", "amd64"), r.image("", "arm64"), r.image("", "attests"), r.image("",
		"noted")
	entries := descriptors(signed, unsigned, attests, noted)
	entries[2].Platform = &ocispec.Platform{OS: "unknown", Architecture: "unknown"}
	entries[3].Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest"}
	root := r.put("1.0", ocispec.MediaTypeImageIndex, manifest.Content{Manifests: entries})
	r.hang("", root, "sig", "A")
	r.hang("", signed, "sig", "A")
	assert.Equal(t, []digest.Digest{unsigned.Digest}, r.discover(root).Unsigned(""))
}
