package artifactory

import (
	"context"

	"github.com/opencontainers/go-digest"
)

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
