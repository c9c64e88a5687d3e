package attachment_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

type named = map[string]manifest.Manifest

func TestDiscoverSuffixTags(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	other := r.image("2.0", "other")
	sig, att, sbom := r.hang("", root, "sig", "A", "B"), r.hang("", root, "att", "A"), r.hang("", root, "sbom")
	prefixed, custom, bare := r.hang("qa-", root, "sig", "A"), r.hang("", root, "cosign", "A"), r.hang("qa", root, "")
	onSBOM, onSig := r.hang("", sbom, "sig", "A"), r.hang("", sig, "sig", "A")
	r.hang("", other, "sig", "A")
	g := r.discover(root)
	names := named{
		"root": root, "sig": sig, "att": att, "sbom": sbom, "prefixed": prefixed, "custom": custom,
		"bare": bare, "on sbom": onSBOM, "on sig": onSig,
	}
	assert.Equal(t, []string{
		"attestation suffix-tag att on root",
		"other suffix-tag bare on root",
		"other suffix-tag custom on root",
		"sbom suffix-tag sbom on root",
		"signature suffix-tag on sbom on sbom",
		"signature suffix-tag on sig on sig",
		"signature suffix-tag prefixed on root",
		"signature suffix-tag sig on root",
	}, found(g, names))
	assert.Len(t, g.Nodes, len(names))
	assert.Equal(t, root.Digest, g.Root)
	assert.Equal(t, app(), g.Image)
	assert.Empty(t, g.Warnings)
	assert.Len(t, g.Of(root.Digest), 6)
	assert.Len(t, g.Stored(attachment.SuffixTag), 8)
	assert.Empty(t, g.Stored(attachment.Referrer, attachment.Fallback))
}

func TestDiscoverChildren(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	amd64, arm, extra := r.image("", "amd64"), r.image("", "arm"), r.image("", "extra")
	inner := r.index("", extra, amd64)
	root := r.index("1.0", amd64, arm, inner, amd64)
	sig := r.hang("", extra, "sig", "A")
	g := r.discover(root)
	assert.Equal(t, []string{"signature suffix-tag sig on extra"}, found(g, named{"sig": sig, "extra": extra}))
	assert.Equal(t, []any{root.Digest, amd64.Digest, arm.Digest, inner.Digest, extra.Digest}, anyOf(g.ImageDigests()))
	assert.Equal(t, inner.Children(), g.Children(inner.Digest))
	assert.Empty(t, g.Missing)
}

func anyOf[T any](list []T) []any {
	all := make([]any, 0, len(list))
	for _, one := range list {
		all = append(all, one)
	}
	return all
}

// One look at a digest is one read of it, however many indexes, attachments and circles lead there.
func TestEveryDigestIsVisitedOnce(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	shared := r.image("", "shared")
	inner := r.index("", shared)
	root := r.index("1.0", shared, inner)
	sig := r.hang("", shared, "sig", "A")
	r.hang("", root, "sig", "A")
	// A circle: the signature of a signature is the image itself.
	r.folders[reference.SuffixTag{Subject: sig.Digest, Suffix: "loop"}.String()] = root
	bundle := r.refer(root, bundleType, "bundle")
	g := r.discover(root)
	assert.Len(t, g.Attachments, 4)
	assert.Len(t, g.Nodes, 6)

	calls := r.sorted()
	assert.Equal(t, slices.Compact(slices.Clone(calls)), calls, "no call is made twice")
	assert.NotContains(t, calls, "manifest "+root.Digest.String(), "the root is known")
	assert.NotContains(t, calls, "manifest "+sig.Digest.String(), "what a tag showed is not read again by digest")
	assert.Contains(t, calls, "manifest "+bundle.Digest.String())
	for d := range g.Nodes {
		assert.Contains(t, calls, "referrers "+d.String())
	}
	assert.Len(t, calls, 6+2+3+1, "referrers of six, two children, three suffix tags, one bundle")
}

func TestChildThatIsNotThere(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	gone, there := r.image("", "gone"), r.image("", "there")
	root := r.index("1.0", gone, there)
	delete(r.folders, reference.DigestFolder(gone.Digest))
	sig := r.hang("", gone, "sig", "A")
	g := r.discover(root)
	assert.Equal(t, []any{gone.Digest}, anyOf(g.Missing))
	assert.NotContains(t, g.Nodes, gone.Digest)
	assert.Equal(t, []string{"signature suffix-tag sig on gone"}, found(g, named{"sig": sig, "gone": gone}),
		"it travels all the same")
	require.Len(t, g.Warnings, 1)
	assert.Contains(t, g.Warnings[0], gone.Digest.String())
}

func TestFolderWithoutManifest(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	tag := reference.SuffixTag{Subject: root.Digest, Suffix: "sig"}.String()
	listing := attachment.NewListing([]string{"1.0", tag, reference.FallbackTag(root.Digest)})
	g, err := attachment.Discover(t.Context(), r, app(), root, listing)
	require.NoError(t, err)
	assert.Empty(t, g.Attachments)
	warnings := strings.Join(slices.Sorted(slices.Values(g.Warnings)), "\n")
	assert.Equal(t, "the folder "+reference.FallbackTag(root.Digest)+" holds no manifest\nthe folder "+tag+" holds no manifest", warnings)
}

// Guarantee 6: whatever fails while looking ends the discovery, and is never "nothing attached".
func TestEveryErrorEndsDiscovery(t *testing.T) {
	t.Parallel()
	build := func() (*registry, manifest.Manifest) {
		r := newRegistry(t, true)
		child := r.image("", "child")
		root := r.index("1.0", child)
		sbom := r.hang("", root, "sbom")
		r.hang("", sbom, "sig", "A")
		r.hang("", child, "sig", "A")
		bundle := r.refer(root, bundleType, "bundle")
		r.refer(bundle, bundleType, "bundle on a bundle")
		r.put(reference.FallbackTag(child.Digest), ocispec.MediaTypeImageIndex,
			manifest.Content{Manifests: descriptors(r.refer(child, notationType, "notation"))})
		return r, root
	}
	r, root := build()
	g := r.discover(root)
	assert.Len(t, g.Attachments, 6)
	all := len(r.calls)
	require.Equal(t, 8+1+3+1+3, all, "referrers of eight, a child, suffix tags, a fallback tag, referrers")
	for i := range all {
		r, root := build()
		r.failAt, r.err = i+1, errors.New("503")
		g, err := attachment.Discover(t.Context(), r, app(), root, r.listing())
		require.ErrorIs(t, err, r.err, "call %d", i+1)
		assert.Nil(t, g, "call %d", i+1)
	}
}
