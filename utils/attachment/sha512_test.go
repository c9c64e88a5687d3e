package attachment_test

import (
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// A subject that is named by its sha512 has a fallback tag with the first 64 of its digits.
func TestSubjectNamedBySHA512(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, false)
	child := r.image("", "child")
	long := digest.SHA512.FromBytes(child.Raw)
	r.folders[reference.DigestFolder(long)] = child
	subject := ocispec.Descriptor{MediaType: child.MediaType, Digest: long, Size: int64(len(child.Raw))}
	root := r.put("1.0", ocispec.MediaTypeImageIndex, manifest.Content{Manifests: []ocispec.Descriptor{subject}})
	signature := r.put("", ocispec.MediaTypeImageManifest, manifest.Content{
		ArtifactType: notationType,
		Config:       blob("signature"), Subject: &subject,
	})
	r.put(reference.FallbackTag(long), ocispec.MediaTypeImageIndex, manifest.Content{Manifests: descriptors(signature)})
	g, err := attachment.Discover(t.Context(), r, app(), root, r.listing())
	require.NoError(t, err)
	require.Len(t, g.Of(long), 1)
	assert.Equal(t, signature.Digest, g.Of(long)[0].Manifest.Digest)
	assert.Empty(t, g.Missing)
}
