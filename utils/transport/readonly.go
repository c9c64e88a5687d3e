package transport

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const aqlSuffix = "/api/search/aql"

// aqlPaths returns the path of the AQL search, and the second one that counts when Server has no path of its own. They
// are compared as a whole: a POST to /api/copy/r/x/api/search/aql ends the same way and writes.
func aqlPaths(server *url.URL) (path, alternative string) {
	base := strings.TrimRight(server.EscapedPath(), "/")
	if base == "" {
		return aqlSuffix, "/artifactory" + aqlSuffix
	}
	return base + aqlSuffix, base + aqlSuffix
}

// isRead reports whether a request changes nothing: GET, HEAD and the AQL search, which is a POST.
func (t *Transport) isRead(method string, u *url.URL) bool {
	switch method {
	case http.MethodGet, http.MethodHead, "":
		return true
	case http.MethodPost:
		path := u.EscapedPath()
		return t.isServer(u) && u.Opaque == "" && u.RawQuery == "" && (path == t.aqlPath || path == t.aqlAlt)
	default:
		return false
	}
}

// isOverride reports whether a header makes some servers take one method for another. Nothing here needs one. A header
// map need not hold canonical names, hence the comparison without regard to case.
func isOverride(name string) bool {
	return slices.ContainsFunc([]string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"},
		func(override string) bool { return strings.EqualFold(override, name) })
}

// withoutOverrides returns a copy, never nil.
func withoutOverrides(h http.Header) http.Header {
	kept := make(http.Header, len(h))
	for name, values := range h {
		if !isOverride(name) {
			kept[name] = values
		}
	}
	return kept
}

// admit refuses what may not be sent at all.
func (t *Transport) admit(req *http.Request) error {
	if req.URL == nil || req.URL.Host == "" || (req.URL.Scheme != "https" && req.URL.Scheme != "http") {
		return fmt.Errorf("%s: not an http or https address with a host", method(req))
	}
	for name := range req.Header {
		if t.opts.ReadOnly && isOverride(name) {
			return &ReadOnlyError{Method: method(req) + " with " + name, URL: t.describe(req.URL)}
		}
	}
	return t.admitHop(method(req), req.URL)
}

// admitHop is asked for every address on the way, so that neither guard can be led around by a redirect.
func (t *Transport) admitHop(method string, u *url.URL) error {
	read := t.isRead(method, u)
	if t.opts.ReadOnly && !read {
		return &ReadOnlyError{Method: method, URL: t.describe(u)}
	}
	if !read && !t.isServer(u) {
		return &ForeignError{Method: method, Host: host(u), Reason: "writes go to the configured server only"}
	}
	return nil
}

func method(req *http.Request) string {
	if req.Method == "" {
		return http.MethodGet
	}
	return req.Method
}
