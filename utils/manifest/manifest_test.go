package manifest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// parse reads content as a manifest of the given type.
func parse(t *testing.T, mediaType string, content any) manifest.Manifest {
	t.Helper()
	raw, err := json.Marshal(content)
	require.NoError(t, err)
	m, err := manifest.Parse(mediaType, raw)
	require.NoError(t, err)
	return m
}

// of makes a descriptor of something with a name.
func of(name string) ocispec.Descriptor {
	return ocispec.Descriptor{
		MediaType: "application/octet-stream", Digest: digest.FromString(name),
		Size: int64(len(name)),
	}
}

func pointer(d ocispec.Descriptor) *ocispec.Descriptor { return &d }

func TestFiveTypes(t *testing.T) {
	t.Parallel()
	image := manifest.Content{Config: pointer(of("config")), Layers: []ocispec.Descriptor{of("a"), of("b"), of("a")}}
	index := manifest.Content{Manifests: []ocispec.Descriptor{of("x"), of("y"), of("x")}}
	artifact := manifest.Content{
		ArtifactType: "example/type", Blobs: []ocispec.Descriptor{of("blob")},
		Subject: pointer(of("subject")),
	}
	imageBlobs := []digest.Digest{of("config").Digest, of("a").Digest, of("b").Digest}
	children := []digest.Digest{of("x").Digest, of("y").Digest}
	tests := map[string]struct {
		content  manifest.Content
		isIndex  bool
		file     string
		children []digest.Digest
		blobs    []digest.Digest
		artifact string
	}{
		ocispec.MediaTypeImageManifest: {image, false, "manifest.json", nil, imageBlobs, "application/octet-stream"},
		manifest.DockerManifest:        {image, false, "manifest.json", nil, imageBlobs, "application/octet-stream"},
		ocispec.MediaTypeImageIndex:    {index, true, "list.manifest.json", children, nil, ""},
		manifest.DockerList:            {index, true, "list.manifest.json", children, nil, ""},
		manifest.OCIArtifact: {
			artifact, false, "manifest.json", nil,
			[]digest.Digest{of("blob").Digest},
			"example/type",
		},
	}
	assert.Len(t, manifest.MediaTypes(), len(tests))
	for _, mediaType := range manifest.MediaTypes() {
		t.Run(mediaType, func(t *testing.T) {
			t.Parallel()
			tt, ok := tests[mediaType]
			require.True(t, ok)
			m := parse(t, mediaType, tt.content)
			assert.Equal(t, mediaType, m.MediaType)
			assert.Equal(t, digest.FromBytes(m.Raw), m.Digest)
			assert.Equal(t, tt.isIndex, m.IsIndex())
			assert.Equal(t, tt.file, m.FileName())
			assert.Equal(t, tt.children, m.Children())
			assert.Equal(t, tt.blobs, m.Blobs())
			assert.Equal(t, tt.artifact, m.ArtifactType())
		})
	}
}

// OCI image specification: artifactType, else the media type of the config.
func TestArtifactType(t *testing.T) {
	t.Parallel()
	config := &ocispec.Descriptor{
		MediaType: "application/vnd.cncf.notary.signature", Digest: digest.FromString("{}"),
		Size: 2,
	}
	tests := map[string]struct {
		content manifest.Content
		want    string
	}{
		"own type":    {manifest.Content{ArtifactType: "a/b", Config: config}, "a/b"},
		"config only": {manifest.Content{Config: config}, "application/vnd.cncf.notary.signature"},
		"neither":     {manifest.Content{}, ""},
	}
	for name, tt := range tests {
		assert.Equal(t, tt.want, manifest.Manifest{Content: tt.content}.ArtifactType(), name)
	}
}

// A foreign layer has an address of its own and no file at the server; a config without digest is none.
func TestBlobsLeaveOutWhatHasNoFile(t *testing.T) {
	t.Parallel()
	foreign := of("foreign")
	foreign.URLs = []string{"https://example.com/layer"}
	m := parse(t, manifest.DockerManifest, manifest.Content{
		Config: &ocispec.Descriptor{},
		Layers: []ocispec.Descriptor{foreign, of("own")},
	})
	assert.Equal(t, []digest.Digest{of("own").Digest}, m.Blobs())
	assert.Len(t, m.Entries(), 2, "an entry is a layer, wherever its bytes are")
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	valid := of("x").Digest.String()
	tests := map[string]struct{ raw, names string }{
		"nothing":            {"", "cannot be read"},
		"no JSON":            {"<html>", "cannot be read"},
		"truncated":          {`{"layers":[`, "cannot be read"},
		"more than one":      {`{}{}`, "cannot be read"},
		"a list":             {"[]", "cannot be read"},
		"a string":           {`"x"`, "cannot be read"},
		"null":               {" null ", "empty"},
		"child, no digest":   {`{"manifests":[{}]}`, `the digest ""`},
		"child, short":       {`{"manifests":[{"digest":"sha256:abc"}]}`, `"sha256:abc"`},
		"layer, upper case":  {`{"layers":[{"digest":"` + strings.ToUpper(valid) + `"}]}`, "SHA256"},
		"layer, a path":      {`{"layers":[{"digest":"sha256:../../etc"}]}`, "etc"},
		"blob, algorithm":    {`{"blobs":[{"digest":"md5:` + strings.Repeat("a", 32) + `"}]}`, "md5"},
		"config":             {`{"config":{"digest":"x"}}`, `"x"`},
		"subject":            {`{"subject":{"digest":"x"}}`, `"x"`},
		"subject, no digest": {`{"subject":{}}`, `the digest ""`},
		"second child":       {`{"manifests":[{"digest":"` + valid + `"},{"digest":"x"}]}`, `"x"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := manifest.Parse(ocispec.MediaTypeImageManifest, []byte(tt.raw))
			assert.ErrorContains(t, err, tt.names)
		})
	}
}

func TestParseLimit(t *testing.T) {
	t.Parallel()
	raw := append([]byte(`{}`), bytes.Repeat([]byte(" "), manifest.MaxSize-2)...)
	m, err := manifest.Parse(ocispec.MediaTypeImageManifest, raw)
	require.NoError(t, err)
	assert.Len(t, m.Raw, manifest.MaxSize)
	_, err = manifest.Parse(ocispec.MediaTypeImageManifest, append(raw, ' '))
	assert.ErrorContains(t, err, "more than 8388608 bytes")
}

// The digest is that of the bytes as they came, not of what was read from them.
func TestParseKeepsTheBytes(t *testing.T) {
	t.Parallel()
	raw := []byte("{ \"schemaVersion\" : 2,\n \"unknown\": [1] }\n")
	m, err := manifest.Parse(ocispec.MediaTypeImageManifest, raw)
	require.NoError(t, err)
	sum := sha256.Sum256(raw)
	assert.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), m.Digest.String())
	assert.Equal(t, raw, m.Raw)
}

func FuzzParse(f *testing.F) {
	d := of("x").Digest.String()
	for _, seed := range []string{
		"", "null", "{}", "[]", `{"config":null}`, `{"subject":null,"manifests":null}`,
		`{"config":{"digest":"` + d + `"},"layers":[{"digest":"` + d + `","urls":["u"],"annotations":{"a":"b"}}]}`,
		`{"manifests":[{"digest":"` + d + `","platform":{"os":"linux"}}],"subject":{"digest":"` + d + `"},"blobs":[]}`,
	} {
		f.Add(ocispec.MediaTypeImageManifest, []byte(seed))
	}
	f.Add(manifest.DockerList, []byte(`{"manifests":[{"digest":"`+d+`"}]}`))
	f.Fuzz(func(t *testing.T, mediaType string, raw []byte) {
		sum := sha256.Sum256(raw)
		m, err := manifest.Parse(mediaType, raw)
		if err != nil {
			return
		}
		if m.Digest.Encoded() != hex.EncodeToString(sum[:]) || !bytes.Equal(m.Raw, raw) {
			t.Errorf("the digest %s does not cover the bytes", m.Digest)
		}
		for _, d := range append(m.Children(), m.Blobs()...) {
			if d.Validate() != nil {
				t.Errorf("%q was let through", d)
			}
		}
		if m.FileName() == "" || len(m.ArtifactType()) > len(raw) || m.Covers(m) == m.IsIndex() && len(m.Content.Blobs)+len(m.Content.Manifests) == 0 {
			t.Error("a manifest of layers covers itself, an index does not")
		}
	})
}
