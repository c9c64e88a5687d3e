package artifactory

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/jfrog/jfrog-client-go/artifactory/services/utils"
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// FileList tells, in one request, which files the tag and digest folders of an image ("<repo>/<path>") hold. It shows
// what the user may read (contract rights-listing): what it leaves out may be there. The file list needs Artifactory
// Pro and a user who is not anonymous (contract storage-file-list), like the promotion itself.
func (c *Client) FileList(ctx context.Context, path string) (manifest.Contents, error) {
	k := call{method: http.MethodGet, path: "api/storage/" + path, query: url.Values{
		"list": {"true"}, "deep": {"1"},
		"depth": {"2"},
	}}
	var contents manifest.Contents
	err := c.with(ctx, k, func(s services) error {
		list, err := s.FileList(path, utils.FileListParams{Deep: true, Depth: 2})
		if err == nil {
			contents = contentsOf(list.Files)
		}
		return err
	})
	return contents, err
}

// contentsOf places the files of a list in their folders; those that are in none, or deeper, are left out.
func contentsOf(files []utils.FileListFile) manifest.Contents {
	contents := manifest.Contents{}
	for _, file := range files {
		folder, name, inFolder := strings.Cut(strings.TrimPrefix(file.Uri, "/"), "/")
		if !inFolder || strings.Contains(name, "/") {
			continue
		}
		if contents[folder] == nil {
			contents[folder] = map[string]digest.Digest{}
		}
		contents[folder][name] = ""
		if file.Sha2 != "" {
			contents[folder][name] = digest.NewDigestFromEncoded(digest.SHA256, file.Sha2)
		}
	}
	return contents
}

// Manifests tells, in one request, what every tag and digest folder of an image ("<repo>/<path>") holds: the digest
// behind it, which is the sha256 of its manifest file. Folders without a manifest are left out. complete is false when
// the server cannot say it for all of them: files that were stored before Artifactory kept sha256. See FileList for
// what it needs.
func (c *Client) Manifests(ctx context.Context,
	path string,
) (digests map[string]digest.Digest, complete bool, err error) {
	contents, err := c.FileList(ctx, path)
	if err != nil {
		return nil, false, err
	}
	digests, complete = map[string]digest.Digest{}, true
	for folder := range contents {
		if d, there := contents.Shown(folder); there {
			digests[folder] = d
			complete = complete && d != ""
		}
	}
	return digests, complete, nil
}
