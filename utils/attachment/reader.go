package attachment

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// reader reads manifests and lists, and, when surveying, notes what cannot be read instead of ending.
type reader struct {
	source    Reader
	surveying bool
	mu        sync.Mutex
	// unread names what was noted, to keep it from being called missing; unreadable says so to people.
	unread     map[string]bool
	unreadable []string
	// bytes counts what was read, and limit bounds it; 0 is no limit.
	bytes atomic.Int64
	limit int64
}

// noted takes down an error when surveying; false means that it ends the walk.
func (r *reader) noted(ctx context.Context, ref, what string, err error) bool {
	if !r.surveying || err == nil || ctx.Err() != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unread == nil {
		r.unread = map[string]bool{}
	}
	r.unread[ref] = true
	r.unreadable = append(r.unreadable, fmt.Sprintf("%s cannot be read: %v", what, err))
	return true
}

// isMissing reports whether something that was not found is truly not there.
func (r *reader) isMissing(ref string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.unread[ref]
}

// fetch reads a manifest; found is false when the registry is certain that it is not there.
func (r *reader) fetch(ctx context.Context, image reference.Image,
	ref string,
) (m manifest.Manifest, found bool, err error) {
	m, err = r.source.Manifest(ctx, image, ref)
	if errors.Is(err, failure.ErrNotFound) || r.noted(ctx, ref, ref, err) {
		return manifest.Manifest{}, false, nil
	}
	if r.bytes.Add(int64(len(m.Raw))) > r.limit && r.limit > 0 {
		return manifest.Manifest{}, false, fmt.Errorf("%s: its manifests and those attached to it have more than %d MiB together", image, r.limit>>20)
	}
	return m, err == nil, err
}
