package registry

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// mapper carries oras-go's requests, which are for a registry at the root of a host, to the one place that exists with
// every configuration of Artifactory: <base>api/docker/<repository key>/v2/ (contract registry-bearer).
type mapper struct {
	base  *url.URL
	image reference.Image
	http  *http.Client
}

// Do sends the request to Artifactory's address. The library writes the image's path into addresses as it is, so that
// one with escapes in it, as a search may give, would lead elsewhere.
func (m *mapper) Do(req *http.Request) (*http.Response, error) {
	if err := errors.Join(reference.CheckRepo(m.image.Repo), reference.CheckPath(m.image.Path)); err != nil {
		return nil, err
	}
	sent := req.Clone(req.Context())
	sent.Host = ""
	sent.URL.Scheme = m.scheme(req.URL)
	if prefix := m.prefix(req.URL); prefix != "" {
		// The escaped form is prefixed as well, so that an upload session keeps the address that the registry gave it.
		sent.URL.Path = prefix + req.URL.Path
		sent.URL.RawPath = (&url.URL{Path: prefix}).EscapedPath() + req.URL.EscapedPath()
	}
	resp, err := m.http.Do(sent)
	return resp, transport.Bare(err)
}

// scheme keeps that of an absolute link to another host; the transport judges it.
func (m *mapper) scheme(u *url.URL) string {
	if u.Host == m.base.Host {
		return m.base.Scheme
	}
	return u.Scheme
}

// prefix is what goes before the path of the registry API: nothing if a link in an answer had it already, or leads
// elsewhere.
func (m *mapper) prefix(u *url.URL) string {
	prefix := m.base.Path + "api/docker/" + m.image.Repo
	if u.Host != m.base.Host || strings.HasPrefix(u.Path, prefix+"/") {
		return ""
	}
	return prefix
}
