package artifactory

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Manifests tells, in one request, what every tag and digest folder of an image ("<repo>/<path>") holds: the digest behind it, which
// is the sha256 of its manifest file. Folders without a manifest are left out. complete is false when the server cannot say it for all
// of them: files that were stored before Artifactory kept sha256. The file list needs Artifactory Pro and a user who is not anonymous
// (facts: file list), like the promotion itself.
func (c *Client) Manifests(ctx context.Context, path string) (digests map[string]digest.Digest, complete bool, err error) {
	var list struct {
		Files []struct {
			URI  string `json:"uri"`
			SHA2 string `json:"sha2"`
		} `json:"files"`
	}
	query := url.Values{"list": {""}, "deep": {"1"}, "depth": {"2"}}
	if err := c.read(ctx, call{method: http.MethodGet, path: "api/storage/" + path, query: query}, &list); err != nil {
		return nil, false, err
	}
	digests, complete = map[string]digest.Digest{}, true
	for _, file := range list.Files {
		folder, name, nested := strings.Cut(strings.TrimPrefix(file.URI, "/"), "/")
		if !nested || (name != manifest.File && name != manifest.ListFile) {
			continue
		}
		if _, known := digests[folder]; known && name == manifest.File {
			continue
		}
		digests[folder] = digest.NewDigestFromEncoded(digest.SHA256, file.SHA2)
		complete = complete && file.SHA2 != ""
	}
	return digests, complete, nil
}
