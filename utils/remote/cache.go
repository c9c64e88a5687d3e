package remote

import (
	"context"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/memo"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// CacheCatalog returns a catalog that asks once for what is the same for all images of a run: what kind of repository
// each is, and what the server's version does. Folders change and are never remembered, nor is an error.
func CacheCatalog(c Catalog) Catalog { return &remembering{Catalog: c} }

type remembering struct {
	Catalog
	repositories memo.Map[string, reference.Repository]
	keepsLayers  memo.Map[struct{}, bool]
}

// Repository implements Catalog.
func (r *remembering) Repository(ctx context.Context, key string) (reference.Repository, error) {
	return r.repositories.Get(key, func() (reference.Repository, error) { return r.Catalog.Repository(ctx, key) })
}

// KeepsSharedLayers implements Catalog.
func (r *remembering) KeepsSharedLayers(ctx context.Context) (bool, error) {
	return r.keepsLayers.Get(struct{}{}, func() (bool, error) { return r.Catalog.KeepsSharedLayers(ctx) })
}

// CacheReads returns a registry of which each manifest and each list of referrers is read once, for those who look at
// many images that share them. It is no good for who writes.
func CacheReads(r Registry) Registry { return &shared{Registry: r} }

type shared struct {
	Registry
	manifests memo.Map[string, manifest.Manifest]
	lists     memo.Map[string, list]
}

type list struct {
	entries   []ocispec.Descriptor
	supported bool
}

// Manifest reads a manifest, or gives the one that was read before.
func (s *shared) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	return s.manifests.Get(image.Folder(ref), func() (manifest.Manifest, error) {
		return s.Registry.Manifest(ctx, image,
			ref)
	})
}

// Referrers reads a list of referrers, or gives the one that was read before.
func (s *shared) Referrers(ctx context.Context, image reference.Image,
	subject digest.Digest,
) (entries []ocispec.Descriptor, supported bool, err error) {
	l, err := s.lists.Get(image.Folder(subject.String()), func() (l list, err error) {
		l.entries, l.supported, err = s.Registry.Referrers(ctx, image, subject)
		return l, err
	})
	return l.entries, l.supported, err
}
