package traffic

import (
	"context"
	"regexp"
	"sync"
)

// Half lets a promotion or a copy leave files out, as a server does that fails in the middle of one: what it had
// written before that stays (contract copy-error-status). A copy answers with an ERROR message about each, with the
// status that it always has for errors.
type Half struct {
	// Without is a regular expression for the "<repository>/<path>" of the files that are left out.
	Without string
	// Files bounds how many files are left out; 0 is all that match.
	Files int

	path *regexp.Regexp
}

// leftOut is a Half at work on one request.
type leftOut struct {
	mu    sync.Mutex
	path  *regexp.Regexp
	bound int
	left  int
}

type halfKey struct{}

func withHalf(ctx context.Context, h *Half) context.Context {
	if h == nil {
		return ctx
	}
	return context.WithValue(ctx, halfKey{}, &leftOut{path: h.path, bound: h.Files})
}

// LeavesOut reports whether the running request fails to write a file.
func LeavesOut(ctx context.Context, file string) bool {
	l, ok := ctx.Value(halfKey{}).(*leftOut)
	if !ok || !l.path.MatchString(file) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bound > 0 && l.left >= l.bound {
		return false
	}
	l.left++
	return true
}
