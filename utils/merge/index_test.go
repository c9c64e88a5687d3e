package merge_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
)

// referrer makes a bundle as cosign writes it: artifactType of its own, empty config.
func referrer(t require.TestingT, name string, annotations map[string]string) manifest.Manifest {
	subject := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromString("image"), Size: 5}
	raw, err := json.Marshal(ocispec.Manifest{
		MediaType: ocispec.MediaTypeImageManifest, ArtifactType: bundleType, Config: ocispec.DescriptorEmptyJSON,
		Layers:  []ocispec.Descriptor{{MediaType: bundleType, Digest: digest.FromString(name), Size: int64(len(name))}},
		Subject: &subject, Annotations: annotations,
	})
	require.NoError(t, err)
	return parse(t, ocispec.MediaTypeImageManifest, string(raw))
}

// fallback makes an index of the given entries, in their order.
func fallback(t *testing.T, annotations map[string]string, all ...ocispec.Descriptor) manifest.Manifest {
	t.Helper()
	raw, err := json.Marshal(ocispec.Index{
		MediaType: ocispec.MediaTypeImageIndex, Manifests: all,
		Annotations: annotations,
	})
	require.NoError(t, err)
	return parse(t, ocispec.MediaTypeImageIndex, string(raw))
}

func TestEntry(t *testing.T) {
	t.Parallel()
	annotations := map[string]string{"org.opencontainers.image.created": "2026-01-01T00:00:00Z", "x": "<&>\n"}
	child := entry(ocispec.MediaTypeImageManifest, "child", nil)
	tests := map[string]struct {
		m                       manifest.Manifest
		mediaType, artifactType string
		annotations             map[string]string
	}{
		"bundle": {referrer(t, "b", annotations), ocispec.MediaTypeImageManifest, bundleType, annotations},
		"notation, type by config": {
			parse(t, ocispec.MediaTypeImageManifest, `{"config":`+entry("application/vnd.cncf.notary.signature", "{}", nil)+`}`),
			ocispec.MediaTypeImageManifest, "application/vnd.cncf.notary.signature", nil,
		},
		"an index (F18)": {
			parse(t, ocispec.MediaTypeImageIndex, `{"artifactType":"a/b","manifests":[`+child+`],"annotations":{"k":"v"}}`),
			ocispec.MediaTypeImageIndex, "a/b",
			map[string]string{"k": "v"},
		},
		"artifact manifest (F18)": {
			parse(t, manifest.OCIArtifact, `{"artifactType":"a/b","blobs":[`+child+`]}`), manifest.OCIArtifact, "a/b", nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, ocispec.Descriptor{
				MediaType: tt.mediaType, Digest: tt.m.Digest, Size: int64(len(tt.m.Raw)), ArtifactType: tt.artifactType, Annotations: tt.annotations,
			}, merge.Entry(tt.m))
		})
	}
}

// cosign 2.6 lists bundles under the type of their config and without annotations, cosign 3.1 without annotations.
func TestIndexRepairsEntries(t *testing.T) {
	t.Parallel()
	m := referrer(t, "bundle", map[string]string{"dev.sigstore.bundle.content": "dsse-envelope"})
	damaged26, damaged31, wrongSize, wrongType := merge.Entry(m), merge.Entry(m), merge.Entry(m), merge.Entry(m)
	damaged26.ArtifactType, damaged26.Annotations = "application/vnd.oci.empty.v1+json", nil
	damaged31.Annotations = nil
	wrongSize.Size = 1
	wrongType.MediaType = ocispec.MediaTypeImageIndex
	for name, damaged := range map[string]ocispec.Descriptor{
		"cosign 2.6": damaged26, "cosign 3.1": damaged31, "size": wrongSize, "media type": wrongType, "full": merge.Entry(m),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			index, err := merge.Index(fallback(t, nil, damaged), []manifest.Manifest{m})
			require.NoError(t, err)
			assert.Equal(t, []ocispec.Descriptor{merge.Entry(m)}, index.Content.Manifests)
		})
	}
}

func TestIndexJoins(t *testing.T) {
	t.Parallel()
	a, b, c := referrer(t, "a", nil), referrer(t, "b", map[string]string{"x": "<&>"}), referrer(t, "c", nil)
	// Its manifest is unknown to us: missing, foreign, or not readable for this user.
	unknown := ocispec.Descriptor{
		MediaType: "x/y", Digest: digest.FromString("unknown"), Size: 9, ArtifactType: "z", Annotations: map[string]string{"k": "v"},
		Platform: &ocispec.Platform{
			OS: "linux", Architecture: "arm",
			Variant: "v7",
		}, Data: []byte("data"), URLs: []string{"https://example.com/"},
	}
	old := fallback(t, map[string]string{"note": "<old&>"}, unknown, merge.Entry(b), merge.Entry(a), merge.Entry(b))
	index, err := merge.Index(old, []manifest.Manifest{c, a, c})
	require.NoError(t, err)

	want := []ocispec.Descriptor{merge.Entry(a), merge.Entry(b), merge.Entry(c), unknown}
	assert.ElementsMatch(t, want, index.Content.Manifests, "each once, the unknown one as it was")
	assert.True(t, slices.IsSortedFunc(index.Content.Manifests, func(x, y ocispec.Descriptor) int {
		return strings.Compare(x.Digest.String(), y.Digest.String())
	}))
	assert.Equal(t, map[string]string{"note": "<old&>"}, index.Content.Annotations)
	assert.Equal(t, ocispec.MediaTypeImageIndex, index.MediaType)
	assert.Equal(t, ocispec.MediaTypeImageIndex, index.Content.MediaType)
	assert.Equal(t, "2", string(fieldsOf(t, index.Raw)["schemaVersion"]))
	assert.Contains(t, string(index.Raw), `"<old&>"`, "not escaped")

	other, err := merge.Index(old, []manifest.Manifest{a, c})
	require.NoError(t, err)
	assert.Equal(t, string(index.Raw), string(other.Raw), "the order in which they were read does not matter")
	again, err := merge.Index(index, nil)
	require.NoError(t, err)
	assert.Equal(t, string(index.Raw), string(again.Raw))
}

func TestIndexFromNothing(t *testing.T) {
	t.Parallel()
	empty, err := merge.Index(manifest.Manifest{}, nil)
	require.NoError(t, err)
	assert.JSONEq(t, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`, string(empty.Raw))
	m := referrer(t, "a", nil)
	one, err := merge.Index(manifest.Manifest{}, []manifest.Manifest{m})
	require.NoError(t, err)
	assert.Equal(t, []ocispec.Descriptor{merge.Entry(m)}, one.Content.Manifests)
	assert.ElementsMatch(t, []string{"schemaVersion", "mediaType", "manifests"},
		slices.Collect(maps.Keys(fieldsOf(t, one.Raw))))
}

func TestIndexKeepsItsOwnTypeAndSubject(t *testing.T) {
	t.Parallel()
	subject := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromString("image"), Size: 5}
	raw := `{"artifactType":"a/b","manifests":[],"subject":` + entry(subject.MediaType, "image", nil) + `}`
	index, err := merge.Index(parse(t, ocispec.MediaTypeImageIndex, raw), []manifest.Manifest{referrer(t, "a", nil)})
	require.NoError(t, err)
	assert.Equal(t, "a/b", index.Content.ArtifactType)
	require.NotNil(t, index.Content.Subject)
	assert.Equal(t, subject.Digest, index.Content.Subject.Digest)
}

// What `cosign copy` leaves behind a fallback tag is the image itself, which a merge would replace.
func TestIndexRefuses(t *testing.T) {
	t.Parallel()
	image, _ := record(t, signature("payload", "A"))
	list := parse(t, manifest.DockerList, `{"manifests":[`+entry(manifest.DockerManifest, "child", nil)+`]}`)
	large := fallback(t, map[string]string{"x": strings.Repeat("x", manifest.MaxSize-200)})
	for name, old := range map[string]manifest.Manifest{
		"an image": image, "a docker list": list,
		"merged is too large": large,
	} {
		_, err := merge.Index(old, []manifest.Manifest{referrer(t, "a", nil)})
		assert.Error(t, err, name)
	}
}

func FuzzIndex(f *testing.F) {
	m := referrer(f, "a", map[string]string{"x": "<&>"})
	f.Add([]byte(`{}`), m.Raw)
	f.Add([]byte(`{"manifests":[`+entry("x/y", "a", nil)+`,`+entry("x/y", "a", nil)+`],"annotations":{"a":"b"}}`), m.Raw)
	f.Add([]byte(`{"manifests":null,"subject":null,"artifactType":"x"}`), []byte(`{"config":null}`))
	f.Fuzz(func(t *testing.T, oldRaw, readRaw []byte) {
		old, err := manifest.Parse(ocispec.MediaTypeImageIndex, oldRaw)
		if err != nil {
			return
		}
		read, err := manifest.Parse(ocispec.MediaTypeImageManifest, readRaw)
		if err != nil {
			return
		}
		index, err := merge.Index(old, []manifest.Manifest{read})
		if err != nil {
			return
		}
		listed := index.Children()
		for _, d := range append(old.Children(), read.Digest) {
			if !slices.Contains(listed, d) {
				t.Errorf("%s was lost", d)
			}
		}
		if len(listed) != len(index.Content.Manifests) {
			t.Error("an entry is there twice")
		}
		if again, err := merge.Index(index, []manifest.Manifest{read}); err != nil || again.Digest != index.Digest {
			t.Errorf("merging again changes something: %v", err)
		}
	})
}
