package attachment_test

import (
	"errors"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

func (r *registry) needed(g *attachment.Graph, tag string) attachment.Remainder {
	r.t.Helper()
	rest, err := attachment.Needed(r.t.Context(), r, g, r.listing(), tag)
	require.NoError(r.t, err)
	return rest
}

func TestNothingElseNeedsAnImage(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.index("1.0", r.image("", "amd64"))
	r.hang("", root, "sig", "A")
	r.folders["_uploads"], r.folders[".jfrog"] = manifest.Manifest{}, manifest.Manifest{}
	g := r.discover(root)
	r.calls = nil
	rest := r.needed(g, "1.0")
	assert.Empty(t, rest.Needed)
	assert.Empty(t, rest.Held)
	assert.Empty(t, r.calls, "what belongs to the graph, and Artifactory's own folders, need no read")
}

// What stays is read with its children, nested ones too, its subject, and what is attached to any of those.
func TestWhatStaysIsFollowed(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, false)
	deep, shared, own := r.image("", "deep"), r.image("", "shared"), r.image("", "own")
	nested := r.index("", deep)
	root := r.index("1.0", shared, own, nested)
	untyped := manifest.Content{Manifests: descriptors(nested)}
	untyped.Manifests[0].MediaType = ""
	other := r.put("2.0", ocispec.MediaTypeImageIndex, untyped)
	untagged := r.index("", shared)
	sbom := r.hang("", deep, "sbom")
	onSBOM := r.hang("", sbom, "sig", "A")
	r.hang("", own, "sig", "A")
	g := r.discover(root)
	rest := r.needed(g, "1.0")
	for _, m := range []manifest.Manifest{other, untagged, nested, deep, shared, sbom, onSBOM} {
		assert.True(t, rest.Needed[m.Digest])
	}
	assert.Len(t, rest.Needed, 7)
	assert.Len(t, rest.Held, 2, "the folders 2.0 and of the untagged index stay; the others belong to the graph")
}

// A manifest that no list names keeps the subject that it points to.
func TestSubjectsOfWhatStays(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, false)
	amd64, arm := r.image("", "amd64"), r.image("", "arm")
	root := r.index("1.0", amd64, arm)
	referrer := r.refer(arm, bundleType, "in no list")
	g := r.discover(root)
	rest := r.needed(g, "1.0")
	assert.True(t, rest.Needed[arm.Digest])
	assert.False(t, rest.Needed[amd64.Digest])
	assert.False(t, rest.Needed[root.Digest])
	assert.True(t, rest.Held[referrer.Digest])
}

func TestNeededSoon(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	child := r.image("", "amd64")
	root := r.index("1.0", child)
	sig := r.hang("", child, "sig", "A")
	g := r.discover(root)
	rest, err := attachment.Needed(t.Context(), r, g, r.listing(), "1.0", root.Digest)
	require.NoError(t, err)
	for _, m := range []manifest.Manifest{root, child, sig} {
		assert.True(t, rest.Needed[m.Digest])
	}
	assert.True(t, rest.Held[root.Digest])
}

// The folder of a nested image holds no manifest, and is not in the way.
func TestNestedImagesAreNoManifests(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	g := r.discover(root)
	rest, err := attachment.Needed(t.Context(), r, g, attachment.NewListing([]string{"1.0", "nested"}), "1.0")
	require.NoError(t, err)
	assert.Empty(t, rest.Needed)
}

// In doubt nothing is deleted: every read that fails ends the question.
func TestEveryErrorEndsNeeded(t *testing.T) {
	t.Parallel()
	build := func() (*registry, *attachment.Graph) {
		r := newRegistry(t, false)
		root := r.image("1.0", "app")
		g := r.discover(root)
		nested := r.index("", r.image("", "deep"))
		r.index("2.0", nested)
		r.image("3.0", "other")
		r.calls = nil
		return r, g
	}
	r, g := build()
	r.needed(g, "1.0")
	all := len(r.calls)
	require.GreaterOrEqual(t, all, 4)
	for i := range all {
		r, g := build()
		r.failAt, r.err = i+1, errors.New("503")
		rest, err := attachment.Needed(t.Context(), r, g, r.listing(), "1.0")
		require.ErrorIs(t, err, r.err, "call %d", i+1)
		assert.Empty(t, rest, "call %d", i+1)
	}
}
