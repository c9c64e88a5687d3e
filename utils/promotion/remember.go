package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/once"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Remember returns a catalog that asks once for what is the same for all images of a run: what kind of repository each
// is, and what the server's version does. Folders change and are never remembered, nor is an error.
func Remember(c Catalog) Catalog { return &remembering{Catalog: c} }

type remembering struct {
	Catalog
	repositories once.Map[string, reference.Repository]
	keepsLayers  once.Map[struct{}, bool]
}

// Repository implements Catalog.
func (r *remembering) Repository(ctx context.Context, key string) (reference.Repository, error) {
	return r.repositories.Get(key, func() (reference.Repository, error) { return r.Catalog.Repository(ctx, key) })
}

// KeepsSharedLayers implements Catalog.
func (r *remembering) KeepsSharedLayers(ctx context.Context) (bool, error) {
	return r.keepsLayers.Get(struct{}{}, func() (bool, error) { return r.Catalog.KeepsSharedLayers(ctx) })
}
