package attachment_test

import (
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func (r *registry) fallback(subject manifest.Manifest, entries ...ocispec.Descriptor) manifest.Manifest {
	return r.put(reference.FallbackTag(subject.Digest), ocispec.MediaTypeImageIndex, manifest.Content{Manifests: entries})
}

func TestReferrersOfTheAPI(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	bundle, notation := r.refer(root, bundleType, "bundle"), r.refer(root, notationType, "notation")
	onBundle := r.refer(bundle, bundleType, "bundle")
	sbom := r.refer(root, "application/spdx+json", "sbom")
	layer := r.image("", "layer")
	d := descriptor(root)
	asIndex := r.put("", ocispec.MediaTypeImageIndex, manifest.Content{
		ArtifactType: "example/x",
		Manifests:    descriptors(layer), Subject: &d,
	})
	g := r.discover(root)
	assert.Equal(t, []string{
		"bundle referrer bundle on root",
		"bundle referrer on bundle on bundle",
		"notation referrer notation on root",
		"other referrer index on root",
		"sbom referrer sbom on root",
	}, found(g, named{
		"root": root, "bundle": bundle, "on bundle": onBundle, "notation": notation, "sbom": sbom,
		"index": asIndex,
	}))
	assert.Contains(t, g.Nodes, layer.Digest, "the children of a referrer belong to it")
	for _, a := range g.Attachments {
		assert.Empty(t, a.Tag)
	}
}

func TestWithoutAPIOnlyTheFallbackTagTells(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, false)
	root := r.image("1.0", "app")
	listed := r.refer(root, bundleType, "listed")
	r.refer(root, bundleType, "in no list")
	r.fallback(root, descriptor(listed))
	g := r.discover(root)
	assert.Equal(t, []string{"bundle fallback listed on root"}, found(g, named{"root": root, "listed": listed}))
	assert.Equal(t, reference.FallbackTag(root.Digest), g.Attachments[0].Tag)
}

// F12: cosign 2.6.5 writes the type of the config into the list, 3.1.3 leaves annotations out. Only the manifest
// counts.
func TestFallbackEntriesAsToolsWriteThem(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, false)
	root := r.image("1.0", "app")
	one, two, three := r.refer(root, bundleType, "1"), r.refer(root, bundleType, "2"), r.refer(root, notationType, "3")
	entries := descriptors(one, two, three, one)
	entries[0].ArtifactType = "application/vnd.oci.empty.v1+json"
	entries[1].ArtifactType = bundleType
	entries[2].MediaType = ""
	r.fallback(root, entries...)
	g := r.discover(root)
	assert.Equal(t, []string{"bundle fallback 1 on root", "bundle fallback 2 on root", "notation fallback 3 on root"},
		found(g, named{"root": root, "1": one, "2": two, "3": three}))
	assert.Empty(t, g.Warnings)
}

// F13: the API and the fallback tag list different things on real registries.
func TestBothListsAreJoined(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	both := r.refer(root, notationType, "both")
	bare := r.put("", ocispec.MediaTypeImageManifest, manifest.Content{Config: blob("bare")})
	r.fallback(root, descriptor(both), descriptor(bare))
	r.refer(root, notationType, "only the API")
	g := r.discover(root)
	assert.Len(t, g.Attachments, 3)
	assert.Contains(t, found(g, named{"root": root, "both": both}), "notation referrer both on root",
		"found twice is one referrer")
	assert.Contains(t, found(g, named{"root": root, "bare": bare}), "other fallback bare on root",
		"F15: an entry without subject")
}

// F14, first and second: `cosign copy` puts the image itself under sha256-<hex>.
func TestLeftoversOfCosignCopy(t *testing.T) {
	t.Parallel()
	for name, multi := range map[string]bool{"single": false, "index": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRegistry(t, false)
			child := r.image("", "child")
			root := r.image("1.0", "app")
			if multi {
				root = r.index("1.0", child)
			}
			r.folders[reference.FallbackTag(root.Digest)] = root
			g := r.discover(root)
			assert.Empty(t, g.Attachments)
			assert.Empty(t, g.Warnings, "it is an image, and nothing is lost")
		})
	}
}

// An image that was mirrored under the digest of its original is no index of referrers of that.
func TestImagesUnderAFallbackTag(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, false)
	root := r.image("1.0", "app")
	r.put(reference.FallbackTag(root.Digest), ocispec.MediaTypeImageIndex, platformed("linux/amd64"))
	g := r.discover(root)
	assert.Empty(t, g.Attachments)
	assert.Empty(t, g.Fallbacks)
	require.Len(t, g.Warnings, 1)
	assert.Contains(t, g.Warnings[0], "holds an image")
}

// F14, third: a signature was added to such a tag later.
func TestPlatformsAmongReferrers(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, false)
	amd64, arm := r.image("", "amd64"), r.image("", "arm")
	root := r.index("1.0", amd64, arm)
	bundle := r.refer(root, bundleType, "bundle")
	r.fallback(root, descriptor(amd64), descriptor(bundle), descriptor(arm))
	g := r.discover(root)
	assert.Equal(t, []string{"bundle fallback bundle on root"}, found(g, named{"root": root, "bundle": bundle}))
	assert.Len(t, g.Warnings, 2)
}

// F16, and an answer of the API that names what does not refer to the digest.
func TestEntriesThatAreNoAttachments(t *testing.T) {
	t.Parallel()
	for name, api := range map[string]bool{"API": true, "fallback tag": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRegistry(t, api)
			root, other := r.image("1.0", "app"), r.image("2.0", "other")
			gone, foreign := r.refer(root, bundleType, "gone"), r.refer(other, bundleType, "foreign")
			delete(r.folders, reference.DigestFolder(gone.Digest))
			if api {
				r.listed[root.Digest] = descriptors(gone, foreign, other)
			} else {
				r.fallback(root, descriptors(gone, foreign)...)
			}
			g := r.discover(root)
			assert.Empty(t, g.Attachments)
			warnings := strings.Join(g.Warnings, "\n")
			assert.Contains(t, warnings, gone.Digest.String()+" is listed as attached to "+root.Digest.String()+" but is not there")
			assert.Contains(t, warnings, foreign.Digest.String()+" is listed as attached to "+root.Digest.String()+" but does not name it")
			assert.Equal(t, api, strings.Contains(warnings, other.Digest.String()), "the API lists nothing without subject")
		})
	}
}

// F19: BuildKit's attestation with a subject is a child of the index and a referrer of another child.
func TestChildThatIsAReferrer(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	amd64 := r.image("", "amd64")
	att := r.refer(amd64, "application/vnd.docker.attestation.manifest.v1+json", "att")
	plain := r.put("", ocispec.MediaTypeImageManifest, manifest.Content{
		Config: blob("plain"),
		Layers: []ocispec.Descriptor{{MediaType: "application/vnd.in-toto+json", Digest: blob("x").Digest}},
	})
	root := r.index("1.0", amd64, att, plain)
	sig := r.hang("", plain, "sig", "A")
	g := r.discover(root)
	assert.Equal(t, []string{"other referrer att on amd64", "signature suffix-tag sig on plain"},
		found(g, named{"amd64": amd64, "att": att, "plain": plain, "sig": sig}))
	assert.Len(t, g.ImageDigests(), 4)
	assert.Len(t, g.Nodes, 5)
}
