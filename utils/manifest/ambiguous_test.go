package manifest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// What one reader takes for an index and another one for an image could be signed as the one and run as the other.
func TestAmbiguousManifests(t *testing.T) {
	t.Parallel()
	entry := `[{"digest":"` + of("x").Digest.String() + `"}]`
	for name, tt := range map[string]struct{ mediaType, raw, says string }{
		"sent as another type":  {ocispec.MediaTypeImageManifest, `{"mediaType":"` + ocispec.MediaTypeImageIndex + `"}`, "was sent as"},
		"docker's type for OCI": {ocispec.MediaTypeImageIndex, `{"mediaType":"` + manifest.DockerList + `"}`, "was sent as"},
		"children and layers":   {ocispec.MediaTypeImageIndex, `{"manifests":` + entry + `,"layers":` + entry + `}`, "at once"},
		"children and blobs":    {manifest.OCIArtifact, `{"manifests":` + entry + `,"blobs":` + entry + `}`, "at once"},
		"as it should be":       {ocispec.MediaTypeImageIndex, `{"mediaType":"` + ocispec.MediaTypeImageIndex + `","manifests":` + entry + `}`, ""},
		"no type of its own":    {ocispec.MediaTypeImageIndex, `{"manifests":` + entry + `}`, ""},
	} {
		_, err := manifest.Parse(tt.mediaType, []byte(tt.raw))
		if tt.says == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.ErrorContains(t, err, tt.says, name)
	}
}

// The largest manifest that is read holds about 90,000 entries; comparing each with each takes minutes.
func TestManyEntries(t *testing.T) {
	t.Parallel()
	const count = 90_000
	var list strings.Builder
	for n := range count {
		fmt.Fprintf(&list, `,{"digest":"%s"}`, digest.NewDigestFromEncoded(digest.SHA256, fmt.Sprintf("%064x", n)))
	}
	for _, field := range []string{"manifests", "layers"} {
		raw := `{"` + field + `":[` + list.String()[1:] + `]}`
		require.LessOrEqual(t, len(raw), manifest.MaxSize)
		began := time.Now()
		m, err := manifest.Parse("", []byte(raw))
		require.NoError(t, err)
		assert.Equal(t, count, len(m.Children())+len(m.Blobs()))
		assert.Less(t, time.Since(began), 40*time.Second, field)
	}
}

// Nesting without end is refused by the decoder, and does not exhaust the stack.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	raw := strings.Repeat(`{"x":[`, manifest.MaxSize/12) + strings.Repeat(`]}`, manifest.MaxSize/12)
	_, err := manifest.Parse("", []byte(raw))
	assert.ErrorContains(t, err, "depth")
}
