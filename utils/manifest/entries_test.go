package manifest_test

import (
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// signature makes the layer of a ".sig": one payload, so one digest, and the signature in the annotations.
func signature(value string) ocispec.Descriptor {
	return ocispec.Descriptor{
		MediaType: "application/vnd.dev.cosign.simplesigning.v1+json", Digest: digest.FromString("payload"), Size: 7,
		Annotations: map[string]string{"dev.cosignproject.cosign/signature": value},
	}
}

func layers(t *testing.T, all ...ocispec.Descriptor) manifest.Manifest {
	t.Helper()
	return parse(t, ocispec.MediaTypeImageManifest, manifest.Content{Config: pointer(of("config")), Layers: all})
}

func TestEntriesKeepSignaturesOfOnePayloadApart(t *testing.T) {
	t.Parallel()
	m := layers(t, signature("A"), signature("B"), signature("A"))
	entries := m.Entries()
	assert.Len(t, entries, 3)
	assert.Equal(t, entries[0].Digest, entries[1].Digest)
	assert.NotEqual(t, entries[0], entries[1])
	assert.Equal(t, entries[0], entries[2])
	assert.Equal(t, "B", entries[1].Annotations["dev.cosignproject.cosign/signature"])
	assert.Len(t, m.Blobs(), 2, "the payload is one file")
}

func TestCovers(t *testing.T) {
	t.Parallel()
	a, b, c := signature("A"), signature("B"), signature("C")
	otherType, otherSize, bare := a, a, a
	otherType.MediaType, otherSize.Size, bare.Annotations = "x/y", 8, nil
	tests := map[string]struct {
		mine, theirs          []ocispec.Descriptor
		covers, coveredInTurn bool
	}{
		"equal":                     {[]ocispec.Descriptor{a, b}, []ocispec.Descriptor{a, b}, true, true},
		"another order":             {[]ocispec.Descriptor{a, b}, []ocispec.Descriptor{b, a}, true, true},
		"more":                      {[]ocispec.Descriptor{a, b, c}, []ocispec.Descriptor{c, a}, true, false},
		"disjoint":                  {[]ocispec.Descriptor{a}, []ocispec.Descriptor{b}, false, false},
		"overlapping":               {[]ocispec.Descriptor{a, b}, []ocispec.Descriptor{b, c}, false, false},
		"multiplicity counts":       {[]ocispec.Descriptor{a, a, b}, []ocispec.Descriptor{a, b}, true, false},
		"as often, in other places": {[]ocispec.Descriptor{a, b, b}, []ocispec.Descriptor{a, a, b}, false, false},
		"nothing to cover":          {[]ocispec.Descriptor{a}, nil, true, false},
		"both without entries":      {nil, nil, true, true},
		"other type":                {[]ocispec.Descriptor{a}, []ocispec.Descriptor{otherType}, false, false},
		"other size":                {[]ocispec.Descriptor{a}, []ocispec.Descriptor{otherSize}, false, false},
		"no annotations":            {[]ocispec.Descriptor{a}, []ocispec.Descriptor{bare}, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mine, theirs := layers(t, tt.mine...), layers(t, tt.theirs...)
			assert.Equal(t, tt.covers, mine.Covers(theirs))
			assert.Equal(t, tt.coveredInTurn, theirs.Covers(mine))
		})
	}
}

// What holds something else than layers would be covered by anything, and be overwritten.
func TestOnlyListsOfLayersCover(t *testing.T) {
	t.Parallel()
	list := layers(t, signature("A"))
	others := map[string]manifest.Manifest{
		"index":       parse(t, ocispec.MediaTypeImageIndex, manifest.Content{Manifests: []ocispec.Descriptor{of("x")}}),
		"empty index": parse(t, ocispec.MediaTypeImageIndex, manifest.Content{}),
		"artifact":    parse(t, manifest.OCIArtifact, manifest.Content{Blobs: []ocispec.Descriptor{of("x")}}),
	}
	for name, other := range others {
		assert.False(t, list.Covers(other), name)
		assert.False(t, other.Covers(list), name)
		assert.False(t, other.Covers(other), name)
	}
}

// The annotations of the manifest itself and its config are no entries.
func TestCoversLooksAtEntriesOnly(t *testing.T) {
	t.Parallel()
	one := layers(t, signature("A"))
	two := parse(t, manifest.DockerManifest, manifest.Content{
		Config: pointer(of("other")),
		Layers: []ocispec.Descriptor{signature("A")},
	})
	assert.NotEqual(t, one.Digest, two.Digest)
	assert.True(t, one.Covers(two))
	assert.True(t, two.Covers(one))
}

func TestLacking(t *testing.T) {
	t.Parallel()
	a, b, c := signature("A"), signature("B"), signature("C")
	empty := a
	empty.Annotations = map[string]string{}
	bare := a
	bare.Annotations = nil
	// Parts that run together must not make two entries one.
	x, y := a, a
	x.Annotations = map[string]string{"a": "1", "b": "2"}
	y.Annotations = map[string]string{"a": `1" "b"="2`}
	tests := map[string]struct {
		mine, theirs []ocispec.Descriptor
		want         []int
	}{
		"nothing":               {[]ocispec.Descriptor{a, b}, []ocispec.Descriptor{b, a}, nil},
		"in their order":        {[]ocispec.Descriptor{b}, []ocispec.Descriptor{c, b, a}, []int{0, 2}},
		"too few":               {[]ocispec.Descriptor{a}, []ocispec.Descriptor{a, b, a, a}, []int{1, 2, 3}},
		"more than they have":   {[]ocispec.Descriptor{a, a}, []ocispec.Descriptor{a}, nil},
		"none and empty":        {[]ocispec.Descriptor{empty}, []ocispec.Descriptor{bare}, nil},
		"parts do not run over": {[]ocispec.Descriptor{x}, []ocispec.Descriptor{y}, []int{0}},
	}
	for name, tt := range tests {
		assert.Equal(t, tt.want, layers(t, tt.mine...).Lacking(layers(t, tt.theirs...).Entries()), name)
	}
}

// A manifest of the greatest size holds so many entries that comparing each with each would not end.
func TestManyEntriesAreComparedInTime(t *testing.T) {
	t.Parallel()
	one := ocispec.Descriptor{Digest: digest.FromString("x"), Size: 1}
	many := layers(t, slices.Repeat([]ocispec.Descriptor{one}, 60_000)...)
	assert.True(t, many.Covers(many))
	assert.Len(t, layers(t, one).Lacking(many.Entries()), 59_999)
}
