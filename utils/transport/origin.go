package transport

import (
	"net/http"
	"net/url"
	"strings"
)

// origin is what credentials are bound to: scheme, host and port. Go's client compares host names only, and would hand
// the credentials to another port of the same host.
type origin struct{ scheme, host, port string }

func originOf(u *url.URL) origin {
	o := origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.port == "" {
		o.port = defaultPort(o.scheme)
	}
	return o
}

func defaultPort(scheme string) string {
	switch scheme {
	case "https":
		return "443"
	case "http":
		return "80"
	default:
		return ""
	}
}

// isServer reports whether a URL belongs to the configured server. Anything odd (trailing dot, other spelling of a
// name) does not: the error is then a refusal or a missing credential, never a leak.
func (t *Transport) isServer(u *url.URL) bool {
	return t.server.host != "" && originOf(u) == t.server
}

// authorize puts the credentials of the server on a request for it, in place of what a client above had set.
func (t *Transport) authorize(req *http.Request) error {
	if t.opts.TraceID != "" {
		req.Header.Set("Uber-Trace-Id", t.opts.TraceID+":"+t.opts.TraceID+":0:0")
	}
	if t.opts.Auth == nil {
		return nil
	}
	req.Header.Del("Authorization")
	req.Header.Del("X-Jfrog-Art-Api")
	return t.opts.Auth.Authorize(req)
}

// foreignHeader keeps the headers that a storage host needs. It is a list of what may go and not of what may not, since
// a credential can hide in a header of any name.
func foreignHeader(h http.Header) http.Header {
	kept := http.Header{}
	for _, name := range []string{
		"Accept", "Accept-Encoding", "Cache-Control", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Range", "User-Agent",
	} {
		if values := h.Values(name); len(values) > 0 {
			kept[name] = values
		}
	}
	return kept
}
