package plan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// tester is what fixtures need of a test, be it a table or a property.
type tester interface {
	require.TestingT
	Helper()
}

func from() reference.Image { return reference.Image{Repo: "docker-dev", Path: "app"} }
func to() reference.Image   { return reference.Image{Repo: "docker-prod", Path: "app"} }

// shelf is the source image in memory: manifests by the name of their folder. It has no referrers API unless api is
// set.
type shelf struct {
	t       tester
	api     bool
	folders map[string]manifest.Manifest
}

func newShelf(t tester) *shelf {
	t.Helper()
	return &shelf{t: t, folders: map[string]manifest.Manifest{}}
}

func (s *shelf) Manifest(_ context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	for name, m := range s.folders {
		if name == ref || m.Digest.String() == ref {
			return m, nil
		}
	}
	return manifest.Manifest{}, fmt.Errorf("%s: %w", image.Tagged(ref), failure.ErrNotFound)
}

func (s *shelf) Referrers(_ context.Context, _ reference.Image,
	subject digest.Digest,
) (found []ocispec.Descriptor, supported bool, err error) {
	for _, m := range s.folders {
		if s.api && m.Content.Subject != nil && m.Content.Subject.Digest == subject {
			found = append(found, describe(m))
		}
	}
	return found, s.api, nil
}

// put stores content in the named folder, or in its digest folder.
func (s *shelf) put(folder, mediaType string, content manifest.Content) manifest.Manifest {
	s.t.Helper()
	m := made(s.t, mediaType, content)
	if folder == "" {
		folder = reference.DigestFolder(m.Digest)
	}
	s.folders[folder] = m
	return m
}

func made(t tester, mediaType string, content manifest.Content) manifest.Manifest {
	t.Helper()
	raw, err := json.Marshal(content)
	require.NoError(t, err)
	m, err := manifest.Parse(mediaType, raw)
	require.NoError(t, err)
	return m
}

func (s *shelf) image(folder, name string) manifest.Manifest {
	return s.put(folder, ocispec.MediaTypeImageManifest, manifest.Content{Config: blob(name)})
}

func (s *shelf) index(folder string, children ...manifest.Manifest) manifest.Manifest {
	content := manifest.Content{}
	for _, c := range children {
		content.Manifests = append(content.Manifests, describe(c))
	}
	return s.put(folder, ocispec.MediaTypeImageIndex, content)
}

// hang stores a record with the given entries behind a suffix tag of subject.
func (s *shelf) hang(subject manifest.Manifest, suffix string, entries ...string) manifest.Manifest {
	m := record(s.t, suffix, entries...)
	s.folders[tagOf(subject, suffix)] = m
	return m
}

func (s *shelf) refer(subject manifest.Manifest, name string) manifest.Manifest {
	d := describe(subject)
	return s.put("", ocispec.MediaTypeImageManifest, manifest.Content{
		ArtifactType: "example/x", Config: blob(name),
		Subject: &d,
	})
}

func (s *shelf) listing() attachment.Listing {
	return attachment.NewListing(slices.Sorted(maps.Keys(s.folders)))
}

func (s *shelf) graph(tag string) *attachment.Graph {
	s.t.Helper()
	g, err := attachment.Discover(context.Background(), s, from(), s.folders[tag], s.listing())
	require.NoError(s.t, err)
	return g
}

// cleanup returns the folders that moving a tag deletes, in order.
func (s *shelf) cleanup(tag string) []string {
	s.t.Helper()
	g := s.graph(tag)
	rest, err := attachment.Needed(context.Background(), s, g, s.listing(), tag)
	require.NoError(s.t, err)
	var deleted []string
	for _, step := range plan.Cleanup(g, tag, s.listing(), rest) {
		name := step.Path[len(from().String())+1:]
		require.Equal(s.t, s.folders[name].Digest, step.Digest, "the digest is what the folder holds")
		deleted = append(deleted, name)
	}
	return deleted
}

// record makes the manifest behind a suffix tag. Its entries share a payload and differ in their annotations.
func record(t tester, suffix string, entries ...string) manifest.Manifest {
	content := manifest.Content{Config: blob(suffix)}
	for _, e := range entries {
		content.Layers = append(content.Layers, ocispec.Descriptor{
			MediaType: "application/vnd.dev.cosign.simplesigning.v1+json", Digest: digest.FromString("payload"), Size: 7,
			Annotations: map[string]string{"dev.cosignproject.cosign/signature": e},
		})
	}
	return made(t, ocispec.MediaTypeImageManifest, content)
}

func tagOf(subject manifest.Manifest, suffix string) string {
	return reference.SuffixTag{Subject: subject.Digest, Suffix: suffix}.String()
}

func blob(content string) *ocispec.Descriptor {
	return &ocispec.Descriptor{
		MediaType: ocispec.MediaTypeImageConfig, Digest: digest.FromString(content),
		Size: int64(len(content)),
	}
}

func describe(m manifest.Manifest) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: m.MediaType, Digest: m.Digest, Size: int64(len(m.Raw))}
}

// request asks for a copy of 1.0 to the same tag.
func request() plan.Request {
	return plan.Request{
		Source: reference.Reference{Image: from(), Tag: "1.0"},
		Target: reference.Reference{Image: to(), Tag: "1.0"},
	}
}

// actions reports the steps of a plan in short, "<action> <folder>".
func actions(p *plan.Plan) []string {
	var all []string
	for _, s := range p.Steps {
		all = append(all, string(s.Action)+" "+s.Path)
	}
	return all
}
