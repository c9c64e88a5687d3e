package inspect

import (
	"context"
	"errors"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// State reports what every folder of an image holds at this moment: by one file list where the server gives one,
// else by folder info and a look at each folder.
func (r Reader) State(ctx context.Context, image reference.Image) (map[string]digest.Digest, error) {
	state, complete, err := r.Catalog.Manifests(ctx, image.String())
	switch {
	case err == nil && complete:
		return state, nil
	case err != nil && !remote.Refused(err):
		return nil, remote.Explain(failure.Source, err, "reading what "+image.String()+" holds", "Read on "+image.String())
	}
	listing, err := r.Listing(ctx, failure.Source, image)
	if errors.Is(err, failure.ErrNotFound) {
		return map[string]digest.Digest{}, nil
	}
	if err != nil {
		return nil, err
	}
	return r.StateByFolder(ctx, image, listing)
}

// StateByFolder is State by a look at each folder of a listing.
func (r Reader) StateByFolder(ctx context.Context, image reference.Image,
	listing attachment.Listing,
) (map[string]digest.Digest, error) {
	state := map[string]digest.Digest{}
	var mu sync.Mutex
	names := listing.Manifests()
	calls := make([]func() error, 0, len(names))
	for _, name := range names {
		calls = append(calls, func() error {
			d, err := r.At(failure.Source).HeldBy(ctx, image, name)
			mu.Lock()
			defer mu.Unlock()
			if d != "" {
				state[name] = d
			}
			return err
		})
	}
	return state, parallel.All(calls...)
}
