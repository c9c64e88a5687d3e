package merge_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

const (
	simpleSigning  = "application/vnd.dev.cosign.simplesigning.v1+json"
	dsse           = "application/vnd.dsse.envelope.v1+json"
	signatureKey   = "dev.cosignproject.cosign/signature"
	dockerConfig   = "application/vnd.docker.container.image.v1+json"
	bundleType     = "application/vnd.dev.sigstore.bundle.v0.3+json"
	emptyHistory   = `{"created":"0001-01-01T00:00:00Z"}`
	writtenHistory = `{"created":"2026-01-02T03:04:05Z","created_by":"cosign <&>"}`
)

// signature makes the JSON of an entry of a ".sig": the payload is one file, the signature is in the annotations.
func signature(payload, value string) string {
	return entry(simpleSigning, payload, map[string]string{signatureKey: value})
}

func entry(mediaType, payload string, annotations map[string]string) string {
	raw, err := json.Marshal(ocispec.Descriptor{
		MediaType: mediaType, Digest: digest.FromString(payload), Size: int64(len(payload)), Annotations: annotations,
	})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// configOf makes the config of a record as cosign does, with one history entry for each layer.
func configOf(entries ...string) string {
	ids, histories := make([]string, 0, len(entries)), make([]string, 0, len(entries))
	for _, e := range entries {
		var d ocispec.Descriptor
		if err := json.Unmarshal([]byte(e), &d); err != nil {
			panic(err)
		}
		ids, histories = append(ids, `"`+d.Digest.String()+`"`), append(histories, writtenHistory)
	}
	return `{"architecture":"","created":"0001-01-01T00:00:00Z","history":[` + strings.Join(histories, ",") +
		`],"os":"","rootfs":{"type":"layers","diff_ids":[` + strings.Join(ids, ",") + `]},"config":{}}`
}

// record makes a ".sig" or ".att" of the given entries, in OCI types, byte by byte in the order that cosign writes.
func record(t require.TestingT, entries ...string) (m manifest.Manifest, config []byte) {
	return typed(t, ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageConfig, entries...)
}

func typed(t require.TestingT, mediaType, configType string, entries ...string) (m manifest.Manifest, config []byte) {
	config = []byte(configOf(entries...))
	raw := `{"schemaVersion":2,"mediaType":"` + mediaType + `","config":` + entry(configType, string(config), nil) +
		`,"layers":[` + strings.Join(entries, ",") + `]}`
	return parse(t, mediaType, raw), config
}

func parse(t require.TestingT, mediaType, raw string) manifest.Manifest {
	m, err := manifest.Parse(mediaType, []byte(raw))
	require.NoError(t, err)
	return m
}

// verbatim returns the layers of a manifest, byte by byte.
func verbatim(t require.TestingT, m manifest.Manifest) []string {
	var content struct{ Layers []json.RawMessage }
	require.NoError(t, json.Unmarshal(m.Raw, &content))
	layers := make([]string, 0, len(content.Layers))
	for _, l := range content.Layers {
		layers = append(layers, string(l))
	}
	return layers
}

func fieldsOf(t *testing.T, raw []byte) map[string]json.RawMessage {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &fields))
	return fields
}
