package merge_test

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
)

// stored returns a merged record to go-containerregistry, the library beneath cosign, as an image whose payloads are
// there.
type stored struct {
	record   merge.Record
	payloads map[string]string
}

func (s stored) RawConfigFile() ([]byte, error) { return s.record.Config, nil }
func (s stored) RawManifest() ([]byte, error)   { return s.record.Manifest.Raw, nil }
func (s stored) MediaType() (types.MediaType, error) {
	return types.MediaType(s.record.Manifest.MediaType), nil
}

func (s stored) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	return static.NewLayer([]byte(s.payloads[h.String()]), simpleSigning), nil
}

// What we merge has to be an image for the library: cosign reads and appends by it.
func TestLibraryReadsMergedRecords(t *testing.T) {
	t.Parallel()
	for _, types := range [][2]string{
		{"application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json"}, {
			manifest.DockerManifest,
			dockerConfig,
		},
	} {
		a, b, c := signature("payload", "A <&>"), signature("payload", "B"), signature("payload of prod", "A")
		target, config := typed(t, types[0], types[1], a, c)
		source, _ := record(t, b, a)
		merged, err := merge.Records(target, source, config)
		require.NoError(t, err)
		payloads := map[string]string{}
		for _, p := range []string{"payload", "payload of prod"} {
			h, _, err := v1.SHA256(strings.NewReader(p))
			require.NoError(t, err)
			payloads[h.String()] = p
		}
		image, err := partial.CompressedToImage(stored{merged, payloads})
		require.NoError(t, err)
		pulled := pushAndPull(t, image)
		pulledDigest, err := pulled.Digest()
		require.NoError(t, err)
		assert.Equal(t, merged.Manifest.Digest.String(), pulledDigest.String())
		checkLayers(t, pulled, "payload", "payload of prod", "payload")

		// cosign appends a signature in this way.
		grown, err := mutate.Append(pulled, mutate.Addendum{
			Layer: static.NewLayer([]byte("payload"), simpleSigning), Annotations: map[string]string{signatureKey: "D"},
		})
		require.NoError(t, err)
		raw, err := grown.RawManifest()
		require.NoError(t, err)
		appended := parse(t, types[0], string(raw))
		assert.True(t, appended.Covers(merged.Manifest), "a later signature keeps all")
		assert.Len(t, appended.Entries(), 4)
	}
}

func pushAndPull(t *testing.T, image v1.Image) v1.Image {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/app:sha256-x.sig")
	require.NoError(t, err)
	require.NoError(t, remote.Write(ref, image))
	pulled, err := remote.Image(ref)
	require.NoError(t, err)
	return pulled
}

func checkLayers(t *testing.T, image v1.Image, payloads ...string) {
	t.Helper()
	layers, err := image.Layers()
	require.NoError(t, err)
	require.Len(t, layers, len(payloads))
	for i, layer := range layers {
		body, err := layer.Compressed()
		require.NoError(t, err)
		content, err := io.ReadAll(body)
		require.NoError(t, err)
		assert.True(t, bytes.Equal([]byte(payloads[i]), content))
	}
	config, err := image.ConfigFile()
	require.NoError(t, err)
	assert.Len(t, config.RootFS.DiffIDs, len(payloads))
	assert.Len(t, config.History, len(payloads))
}

func TestLibraryReadsMergedIndexes(t *testing.T) {
	t.Parallel()
	index, err := merge.Index(manifest.Manifest{}, []manifest.Manifest{
		referrer(t, "a", map[string]string{"x": "<&>"}),
		referrer(t, "b", nil),
	})
	require.NoError(t, err)
	parsed, err := v1.ParseIndexManifest(bytes.NewReader(index.Raw))
	require.NoError(t, err)
	require.Len(t, parsed.Manifests, 2)
	for _, d := range parsed.Manifests {
		assert.Equal(t, bundleType, d.ArtifactType)
	}
}
