package registry

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/transport"
)

// mapper carries oras-go's requests, which are for a registry at the root of a host, to the one place that exists with every
// configuration of Artifactory: <base>api/docker/<repository key>/v2/ (facts: access forms).
type mapper struct {
	base *url.URL
	repo string
	http *http.Client
}

// Do sends the request to Artifactory's address and evens out what the library is too strict about in answers to a referrers
// request: the specification allows media type parameters, and registries without the API answer more than 404.
func (m *mapper) Do(req *http.Request) (*http.Response, error) {
	sent := req.Clone(req.Context())
	sent.Host = ""
	sent.URL.Scheme, sent.URL.Path, sent.URL.RawPath = m.scheme(req.URL), m.path(req.URL), ""
	resp, err := m.http.Do(sent) //nolint:gosec // the address is the configured server's; the transport judges links elsewhere
	if err != nil || !strings.Contains(req.URL.Path, "/referrers/") {
		return resp, transport.Bare(err)
	}
	return referrersAnswer(resp)
}

// scheme keeps that of an absolute link to another host; the transport judges it.
func (m *mapper) scheme(u *url.URL) string {
	if u.Host == m.base.Host {
		return m.base.Scheme
	}
	return u.Scheme
}

// path prefixes the path of the registry API, unless a link in an answer had the prefix already.
func (m *mapper) path(u *url.URL) string {
	prefix := m.base.Path + "api/docker/" + m.repo
	if u.Host != m.base.Host || strings.HasPrefix(u.Path, prefix+"/") {
		return u.Path
	}
	return prefix + u.Path
}

func referrersAnswer(resp *http.Response) (*http.Response, error) {
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusNotFound:
		// All four mean "no such API"; a bare 404 is the one that the library understands.
		_ = resp.Body.Close()
		resp.StatusCode, resp.Body = http.StatusNotFound, http.NoBody
		return resp, nil
	case http.StatusOK:
		return resp, indexOnly(resp)
	default:
		return resp, nil
	}
}

// indexOnly strips the parameters of an index's media type. Any other type with 200 is an unreadable answer, not "no API".
func indexOnly(resp *http.Response) error {
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || mediaType != ocispec.MediaTypeImageIndex {
		_ = resp.Body.Close()
		return fmt.Errorf("the referrers API answered 200 with Content-Type %q instead of an index", resp.Header.Get("Content-Type"))
	}
	resp.Header.Set("Content-Type", mediaType)
	return nil
}
