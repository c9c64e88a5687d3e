package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/errdef"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// HasBlob reports whether a blob is visible in an image.
func (c *Client) HasBlob(ctx context.Context, image reference.Image, d ocispec.Descriptor) (bool, error) {
	_, err := c.repository(image).Blobs().Resolve(ctx, d.Digest.String())
	if errors.Is(err, errdef.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for blob %s in %s: %w", d.Digest, image, answered(err))
	}
	return true, nil
}

// Blob opens a blob. Its reader fails at the end when size or digest are not those of the descriptor.
func (c *Client) Blob(ctx context.Context, image reference.Image, d ocispec.Descriptor) (io.ReadCloser, error) {
	if err := d.Digest.Validate(); err != nil {
		return nil, fmt.Errorf("reading a blob of %s: %q: %w", image, d.Digest, err)
	}
	body, err := c.repository(image).Blobs().Fetch(ctx, d)
	if err != nil {
		return nil, notFound(image, d.Digest.String(), err)
	}
	return verified(body, d), nil
}

// MountBlob asks the registry to link a blob from another image of the same server. When it answers with an upload
// session instead, content is asked for the bytes, which are sent in that session.
func (c *Client) MountBlob(ctx context.Context, source, target reference.Image, d ocispec.Descriptor,
	content func() (io.ReadCloser, error),
) error {
	from := source.Path
	if source.Repo != target.Repo {
		// With repository keys in the path of the API there is no word for another repository's image; this is the form
		// of the repository path method (contract blobs-mount-across). A registry that does not know it opens an upload
		// session.
		from = source.String()
	}
	if err := c.repository(target).Mount(ctx, d, from, content); err != nil {
		return fmt.Errorf("bringing blob %s to %s: %w", d.Digest, target, answered(err))
	}
	return nil
}

// PushBlob uploads content. It must be small: a config that was rebuilt, a payload.
func (c *Client) PushBlob(ctx context.Context, image reference.Image, d ocispec.Descriptor, content []byte) error {
	if err := c.repository(image).Blobs().Push(ctx, d, bytes.NewReader(content)); err != nil {
		return fmt.Errorf("uploading blob %s to %s: %w", d.Digest, image, answered(err))
	}
	return nil
}
