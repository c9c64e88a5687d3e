package verification

import (
	"context"
	"errors"
	"fmt"
	"io"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

const (
	// maxContent is the largest payload that is read, in bytes: the same as cosign's default.
	maxContent = 128 << 20
	// maxChecks bounds how many signatures are checked, and how many contents are read, at once for one image.
	maxChecks = 16
)

// place names one content in one image.
type place struct {
	image  reference.Image
	digest string
}

// read fetches the contents of the records that somebody asks for, each once: signatures over one payload share it.
// Content that is certainly not there, or too large, is a problem of its record. Every other error ends the reading.
func (v *Verifier) read(ctx context.Context, records []*record) error {
	shared := map[place][]*record{}
	for _, r := range records {
		if r.Problem == "" && r.asked {
			at := place{r.Attachment.Home, r.descriptor.Digest.String()}
			shared[at] = append(shared[at], r)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxChecks)
	for at, same := range shared {
		group.Go(func() error {
			content, problem, err := v.content(ctx, at.image, same[0].descriptor)
			for _, r := range same {
				r.content, r.Problem = content, problem
			}
			return err
		})
	}
	return group.Wait()
}

func (v *Verifier) content(ctx context.Context, image reference.Image,
	d ocispec.Descriptor,
) (content []byte, problem string, err error) {
	if d.Size > maxContent {
		return nil, fmt.Sprintf("its content %s is larger than %d bytes", d.Digest, maxContent), nil
	}
	body, err := v.Blobs.Blob(ctx, image, d)
	if errors.Is(err, failure.ErrNotFound) {
		return nil, fmt.Sprintf("its content %s is not there", d.Digest), nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("reading a signature in %s: %w", image, err)
	}
	defer func() { _ = body.Close() }()
	// The reader itself fails on more than the descriptor says.
	if content, err = io.ReadAll(body); err != nil {
		return nil, "", fmt.Errorf("reading a signature in %s: %w", image, err)
	}
	return content, "", nil
}
