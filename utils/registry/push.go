package registry

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// subjectHeader reports that the registry took note of a manifest's subject, so that its referrers API lists it (OCI
// distribution specification, pushing manifests with subject).
const subjectHeader = "OCI-Subject"

// PutManifest writes a manifest, byte by byte, under ref, a tag or its digest. indexed tells whether the registry took
// note of its subject; if not, the referrers tag is the client's to keep.
func (c *Client) PutManifest(ctx context.Context, image reference.Image, ref string,
	m manifest.Manifest,
) (indexed bool, err error) {
	repo := c.repository(image)
	repo.Client = watcher{client: repo.Client, see: func(resp *http.Response) { indexed = resp.Header.Get(subjectHeader) != "" }}
	desc := ocispec.Descriptor{MediaType: m.MediaType, Digest: m.Digest, Size: int64(len(m.Raw))}
	if err := repo.Manifests().PushReference(ctx, desc, bytes.NewReader(m.Raw), ref); err != nil {
		return false, fmt.Errorf("writing %s to %s: %w", m.Digest, image, answered(err))
	}
	return indexed, nil
}

// watcher shows answers to somebody on their way.
type watcher struct {
	client doer
	see    func(*http.Response)
}

// Do sends the request.
func (w watcher) Do(req *http.Request) (*http.Response, error) {
	resp, err := w.client.Do(req)
	if err == nil {
		w.see(resp)
	}
	return resp, err
}
