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

// looking reads manifests and lists, and, when surveying, notes what cannot be read instead of ending.
type looking struct {
	reader    Reader
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
func (l *looking) noted(ctx context.Context, ref, what string, err error) bool {
	if !l.surveying || err == nil || ctx.Err() != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unread == nil {
		l.unread = map[string]bool{}
	}
	l.unread[ref] = true
	l.unreadable = append(l.unreadable, fmt.Sprintf("%s cannot be read: %v", what, err))
	return true
}

// isMissing reports whether something that was not found is truly not there.
func (l *looking) isMissing(ref string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.unread[ref]
}

// fetch reads a manifest; found is false when the registry is certain that it is not there.
func (l *looking) fetch(ctx context.Context, image reference.Image,
	ref string,
) (m manifest.Manifest, found bool, err error) {
	m, err = l.reader.Manifest(ctx, image, ref)
	if errors.Is(err, failure.ErrNotFound) || l.noted(ctx, ref, ref, err) {
		return manifest.Manifest{}, false, nil
	}
	if l.bytes.Add(int64(len(m.Raw))) > l.limit && l.limit > 0 {
		return manifest.Manifest{}, false, fmt.Errorf("%s: its manifests and those attached to it have more than %d MiB together", image, l.limit>>20)
	}
	return m, err == nil, err
}
