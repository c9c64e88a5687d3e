package attachment_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

const (
	bundleType   = "application/vnd.dev.sigstore.bundle.v0.3+json"
	notationType = "application/vnd.cncf.notary.signature"
)

func app() reference.Image { return reference.Image{Repo: "docker-dev", Path: "app"} }

// registry is an image in memory: the Reader of discovery, with a record of its calls.
type registry struct {
	t *testing.T
	// folders holds every manifest by the name of its folder, a tag or a digest.
	folders map[string]manifest.Manifest
	// api reports that there is a referrers API. It lists what names its subject, and listed besides.
	api    bool
	listed map[digest.Digest][]ocispec.Descriptor

	mu    sync.Mutex
	calls []string
	// failAt makes the call of that number, from 1, answer with err.
	failAt int
	err    error
}

func newRegistry(t *testing.T, api bool) *registry {
	t.Helper()
	return &registry{
		t: t, api: api, folders: map[string]manifest.Manifest{},
		listed: map[digest.Digest][]ocispec.Descriptor{},
	}
}

func (r *registry) called(call string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
	if len(r.calls) == r.failAt {
		return r.err
	}
	return nil
}

func (r *registry) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	if err := r.called("manifest " + ref); err != nil {
		return manifest.Manifest{}, err
	}
	if m, ok := r.folders[ref]; ok {
		return m, ctx.Err()
	}
	for _, m := range r.folders {
		if m.Digest.String() == ref {
			return m, ctx.Err()
		}
	}
	return manifest.Manifest{}, fmt.Errorf("%s: %w", image.Tagged(ref), failure.ErrNotFound)
}

func (r *registry) Referrers(ctx context.Context, _ reference.Image,
	subject digest.Digest,
) ([]ocispec.Descriptor, bool, error) {
	if err := r.called("referrers " + subject.String()); err != nil {
		return nil, false, err
	}
	if !r.api {
		return nil, false, ctx.Err()
	}
	found := slices.Clone(r.listed[subject])
	for _, name := range slices.Sorted(maps.Keys(r.folders)) {
		if m := r.folders[name]; m.Content.Subject != nil && m.Content.Subject.Digest == subject {
			found = append(found, descriptor(m))
		}
	}
	return found, true, ctx.Err()
}

// put stores content as a manifest in the named folder, or in its digest folder.
func (r *registry) put(folder, mediaType string, content manifest.Content) manifest.Manifest {
	r.t.Helper()
	raw, err := json.Marshal(content)
	require.NoError(r.t, err)
	m, err := manifest.Parse(mediaType, raw)
	require.NoError(r.t, err)
	if folder == "" {
		folder = reference.DigestFolder(m.Digest)
	}
	r.folders[folder] = m
	return m
}

// image stores a single-platform image whose content is its name.
func (r *registry) image(folder, name string) manifest.Manifest {
	return r.put(folder, ocispec.MediaTypeImageManifest, manifest.Content{Config: blob(name)})
}

func (r *registry) index(folder string, children ...manifest.Manifest) manifest.Manifest {
	return r.put(folder, ocispec.MediaTypeImageIndex, manifest.Content{Manifests: descriptors(children...)})
}

// hang stores a manifest with a layer for each entry behind the suffix tag of subject. The prefix is usually empty.
func (r *registry) hang(prefix string, subject manifest.Manifest, suffix string, entries ...string) manifest.Manifest {
	tag := reference.SuffixTag{Prefix: prefix, Subject: subject.Digest, Suffix: suffix}.String()
	content := manifest.Content{Config: blob(tag)}
	for _, e := range entries {
		content.Layers = append(content.Layers, ocispec.Descriptor{
			MediaType: "application/vnd.dev.cosign.simplesigning.v1+json", Digest: subject.Digest, Size: 1,
			Annotations: map[string]string{"dev.cosignproject.cosign/signature": e},
		})
	}
	return r.put(tag, ocispec.MediaTypeImageManifest, content)
}

// refer stores a manifest that names subject, by its digest.
func (r *registry) refer(subject manifest.Manifest, artifactType, name string) manifest.Manifest {
	d := descriptor(subject)
	return r.put("", ocispec.MediaTypeImageManifest, manifest.Content{
		ArtifactType: artifactType, Config: blob(name),
		Subject: &d,
	})
}

func (r *registry) listing() attachment.Listing {
	return attachment.NewListing(slices.Sorted(maps.Keys(r.folders)))
}

func (r *registry) discover(root manifest.Manifest) *attachment.Graph {
	r.t.Helper()
	g, err := attachment.Discover(r.t.Context(), r, app(), root, r.listing())
	require.NoError(r.t, err)
	return g
}

// sorted returns the calls in an order that does not depend on timing.
func (r *registry) sorted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.calls))
}

func blob(content string) *ocispec.Descriptor {
	return &ocispec.Descriptor{
		MediaType: ocispec.MediaTypeImageConfig, Digest: digest.FromString(content),
		Size: int64(len(content)),
	}
}

func descriptor(m manifest.Manifest) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: m.MediaType, Digest: m.Digest, Size: int64(len(m.Raw))}
}

func descriptors(all ...manifest.Manifest) []ocispec.Descriptor {
	list := make([]ocispec.Descriptor, 0, len(all))
	for _, m := range all {
		list = append(list, descriptor(m))
	}
	return list
}

// found says in short what a graph holds: "<kind> <storage> <manifest> on <subject>", with the names given to digests.
func found(g *attachment.Graph, names map[string]manifest.Manifest) []string {
	name := func(d digest.Digest) string {
		for n, m := range names {
			if m.Digest == d {
				return n
			}
		}
		return d.String()
	}
	var all []string
	for _, a := range g.Attachments {
		all = append(all, fmt.Sprintf("%s %s %s on %s", a.Kind, a.Storage, name(a.Manifest.Digest), name(a.Subject)))
	}
	slices.Sort(all)
	return all
}
