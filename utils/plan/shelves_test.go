package plan_test

import (
	"context"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

const (
	bundleType   = "application/vnd.dev.sigstore.bundle.v0.3+json"
	notationType = "application/vnd.cncf.notary.signature"
)

// attach stores a referrer of the given type.
func (s *shelf) attach(subject manifest.Manifest, artifactType, name string) manifest.Manifest {
	d := describe(subject)
	return s.put("", ocispec.MediaTypeImageManifest, manifest.Content{
		ArtifactType: artifactType, Config: blob(name),
		Subject: &d,
	})
}

// attachIndex stores a referrer that is an index.
func (s *shelf) attachIndex(subject manifest.Manifest, children ...manifest.Manifest) manifest.Manifest {
	d := describe(subject)
	content := manifest.Content{ArtifactType: "example/index", Subject: &d}
	for _, c := range children {
		content.Manifests = append(content.Manifests, describe(c))
	}
	return s.put("", ocispec.MediaTypeImageIndex, content)
}

// fallback stores a fallback tag with the given entries.
func (s *shelf) fallback(subject manifest.Manifest, entries ...ocispec.Descriptor) manifest.Manifest {
	m := fallbackOf(s.t, entries...)
	s.folders[reference.FallbackTag(subject.Digest)] = m
	return m
}

func fallbackOf(t tester, entries ...ocispec.Descriptor) manifest.Manifest {
	t.Helper()
	return made(t, ocispec.MediaTypeImageIndex, manifest.Content{Manifests: entries})
}

// entriesFor returns the entries of a fallback index as they should be.
func entriesFor(referrers ...manifest.Manifest) []ocispec.Descriptor {
	entries := make([]ocispec.Descriptor, 0, len(referrers))
	for _, m := range referrers {
		entries = append(entries, merge.Entry(m))
	}
	return entries
}

// digests returns the digests that an index lists.
func digests(m manifest.Manifest) []digest.Digest { return m.Children() }

func digestsOf(all ...manifest.Manifest) []digest.Digest {
	list := make([]digest.Digest, 0, len(all))
	for _, m := range all {
		list = append(list, m.Digest)
	}
	return list
}

func fallbackFolder(image reference.Image, subject manifest.Manifest) string {
	return image.Folder(reference.FallbackTag(subject.Digest))
}

// holding is a target that has referrers, and whose API lists them.
func holding(referrers ...manifest.Manifest) plan.Target {
	t := plan.Target{Records: records{}, Held: map[string]bool{}, Listed: map[string]bool{}}
	for _, m := range referrers {
		t.Held[to().Folder(m.Digest.String())], t.Listed[to().Folder(m.Digest.String())] = true, true
	}
	return t
}

// library holds several images.
type library map[reference.Image]*shelf

func (l library) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	if s, ok := l[image]; ok {
		return s.Manifest(ctx, image, ref)
	}
	return manifest.Manifest{}, fmt.Errorf("%s: %w", image.Tagged(ref), failure.ErrNotFound)
}

func (l library) Referrers(ctx context.Context, image reference.Image,
	subject digest.Digest,
) ([]ocispec.Descriptor, bool, error) {
	return l[image].Referrers(ctx, image, subject)
}

// graph discovers 1.0 of the source image, with the given places.
func (l library) graph(t tester, places ...reference.Image) *attachment.Graph {
	t.Helper()
	others := make([]attachment.Place, 0, len(places))
	for _, p := range places {
		others = append(others, attachment.Place{Image: p, Listing: l[p].listing()})
	}
	source := l[from()]
	g, err := attachment.Discover(context.Background(), l, from(), source.folders["1.0"], source.listing(), others...)
	require.NoError(t, err)
	return g
}

// unsigned is a request for images without a signature.
func unsigned() plan.Request {
	r := request()
	r.AllowUnsigned = true
	return r
}
