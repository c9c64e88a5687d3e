package promotion

import (
	"context"
	"sync"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// Remember gives a catalog that asks for each repository once: a run over many images opens the same two again and again. Folders
// change and are never remembered, nor is an error.
func Remember(c Catalog) Catalog {
	return &remembering{Catalog: c, asked: map[string]*repositoryAnswer{}}
}

type remembering struct {
	Catalog
	mu    sync.Mutex
	asked map[string]*repositoryAnswer
}

// repositoryAnswer is the answer about one repository; those who ask at the same time wait for one request.
type repositoryAnswer struct {
	mu    sync.Mutex
	known bool
	repo  reference.Repository
}

// Repository implements Catalog.
func (r *remembering) Repository(ctx context.Context, key string) (reference.Repository, error) {
	r.mu.Lock()
	if r.asked[key] == nil {
		r.asked[key] = &repositoryAnswer{}
	}
	a := r.asked[key]
	r.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known {
		return a.repo, nil
	}
	repo, err := r.Catalog.Repository(ctx, key)
	a.repo, a.known = repo, err == nil
	return repo, err
}
