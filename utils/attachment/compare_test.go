package attachment_test

import (
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// both makes two registries with the same image, hangs different things on it, and compares.
func both(t *testing.T, left, right func(*registry, manifest.Manifest)) []attachment.Comparison {
	t.Helper()
	var graphs [2]*attachment.Graph
	for i, fill := range []func(*registry, manifest.Manifest){left, right} {
		r := newRegistry(t, i == 0)
		root := r.image("1.0", "app")
		if fill != nil {
			fill(r, root)
		}
		graphs[i] = r.discover(root)
	}
	return graphs[0].Compare(graphs[1])
}

func TestCompare(t *testing.T) {
	t.Parallel()
	hang := func(suffix string, entries ...string) func(*registry, manifest.Manifest) {
		return func(r *registry, root manifest.Manifest) { r.hang("", root, suffix, entries...) }
	}
	prefixed := func(r *registry, root manifest.Manifest) { r.hang("qa-", root, "sig", "A") }
	// The same bundle, by the API on the left and by the fallback tag on the right.
	bundle := func(r *registry, root manifest.Manifest) {
		r.fallback(root, descriptor(r.refer(root, bundleType, "b")))
	}
	otherBundle := func(r *registry, root manifest.Manifest) {
		r.fallback(root, descriptor(r.refer(root, bundleType, "other")))
	}
	index := func(r *registry, root manifest.Manifest) {
		tag := "sha256-" + root.Digest.Encoded() + ".sig"
		r.put(tag, ocispec.MediaTypeImageIndex, manifest.Content{Manifests: descriptors(root)})
	}
	tests := map[string]struct {
		left, right func(*registry, manifest.Manifest)
		want        []attachment.State
	}{
		"nothing":                    {nil, nil, nil},
		"equal":                      {hang("sig", "A"), hang("sig", "A"), []attachment.State{attachment.Same}},
		"missing":                    {hang("sig", "A"), nil, []attachment.State{attachment.Missing}},
		"extra":                      {nil, hang("sig", "A"), []attachment.State{attachment.Extra}},
		"signature with more there":  {hang("sig", "A"), hang("sig", "A", "B"), []attachment.State{attachment.Includes}},
		"signature with less there":  {hang("sig", "A", "B"), hang("sig", "A"), []attachment.State{attachment.Differs}},
		"as often counts":            {hang("sig", "A", "A"), hang("sig", "A", "B"), []attachment.State{attachment.Differs}},
		"other signature":            {hang("sig", "A"), hang("sig", "B"), []attachment.State{attachment.Differs}},
		"attestation with more":      {hang("att", "A"), hang("att", "B", "A"), []attachment.State{attachment.Includes}},
		"sbom is no list":            {hang("sbom", "A"), hang("sbom", "A", "B"), []attachment.State{attachment.Differs}},
		"custom suffix is no list":   {hang("x", "A"), hang("x", "A", "B"), []attachment.State{attachment.Differs}},
		"an index is no list":        {hang("sig", "A"), index, []attachment.State{attachment.Differs}},
		"a list instead of an index": {index, hang("sig", "A"), []attachment.State{attachment.Differs}},
		"another prefix":             {hang("sig", "A"), prefixed, []attachment.State{attachment.Missing, attachment.Extra}},
		"referrer and fallback":      {bundle, bundle, []attachment.State{attachment.Same}},
		"other bundle":               {bundle, otherBundle, []attachment.State{attachment.Missing, attachment.Extra}},
		"referrers are no records":   {bundle, hang("sig", "A"), []attachment.State{attachment.Missing, attachment.Extra}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []attachment.State
			for _, c := range both(t, tt.left, tt.right) {
				got = append(got, c.State)
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestMissingImages(t *testing.T) {
	t.Parallel()
	here, there := newRegistry(t, true), newRegistry(t, true)
	gone, amd64, arm := here.image("", "gone"), here.image("", "amd64"), here.image("", "arm")
	root := here.index("1.0", gone, amd64, arm)
	there.image("", "amd64")
	there.index("1.0", gone, amd64, arm)
	delete(here.folders, gone.Digest.String())
	g, other := here.discover(root), there.discover(root)
	require.Len(t, g.Missing, 1)
	assert.Equal(t, []any{arm.Digest}, anyOf(g.MissingImages(other)), "what is nowhere is not missing at the target")
	assert.Len(t, g.MissingImages(&attachment.Graph{}), 3)
	assert.Empty(t, g.MissingImages(g))
}

func TestListing(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("", "app")
	r.image("1.0", "app")
	r.image("latest", "app")
	r.hang("", root, "sig", "A")
	r.hang("qa-", root, "", "A")
	r.fallback(root)
	for _, folder := range []string{"_uploads", ".jfrog", ".evidence", "nested"} {
		r.folders[folder] = manifest.Manifest{}
	}
	l := r.listing()
	assert.Equal(t, []string{"1.0", "latest", "nested"}, l.ImageTags())
	assert.Len(t, l.SuffixTags(root.Digest), 2)
	assert.Empty(t, l.SuffixTags(blob("other").Digest))
	assert.True(t, l.Has("1.0"))
	assert.True(t, l.Has(root.Digest.String()))
	assert.False(t, l.Has("2.0"))
	var none attachment.Listing
	assert.False(t, none.Has("1.0"))
	assert.Empty(t, none.SuffixTags(root.Digest))
	assert.Empty(t, none.ImageTags())
}
