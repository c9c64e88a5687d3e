package promotion

import (
	"context"
	"io"
	"net/http"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Pusher writes by the registry API. PutManifest tells whether the registry took note of the manifest's subject.
type Pusher interface {
	PutManifest(ctx context.Context, image reference.Image, ref string, m manifest.Manifest) (indexed bool, err error)
	MountBlob(ctx context.Context, source, target reference.Image, d ocispec.Descriptor,
		content func() (io.ReadCloser, error)) error
	PushBlob(ctx context.Context, image reference.Image, d ocispec.Descriptor, content []byte) error
}

// BlobReader looks at blobs.
type BlobReader interface {
	HasBlob(ctx context.Context, image reference.Image, d ocispec.Descriptor) (bool, error)
	Blob(ctx context.Context, image reference.Image, d ocispec.Descriptor) (io.ReadCloser, error)
}

// Linker puts a file at a path whose content the server has already.
type Linker interface {
	DeployByChecksum(ctx context.Context, path, sha256 string) (linked bool, err error)
}

// push brings a manifest with its blobs from one image to another and writes it under ref, byte by byte. Blobs are
// linked by the server wherever it can: by mount within a repository, else by checksum; only what it cannot link passes
// through here, streamed.
func (e *Engine) push(ctx context.Context, source, target reference.Image, ref string, m manifest.Manifest,
	link bring,
) (indexed bool, err error) {
	if err := e.bringBlobs(ctx, source, target, m, link); err != nil {
		return false, err
	}
	indexed, err = e.Pusher.PutManifest(ctx, target, ref, m)
	if err == nil || !blobUnknown(err) {
		return indexed, err
	}
	// The registry does not see what was linked beside it: upload in a session of its own, which it must see.
	if err := e.bringBlobs(ctx, source, target, m, e.upload); err != nil {
		return false, err
	}
	return e.Pusher.PutManifest(ctx, target, ref, m)
}

// blobUnknown reports that the registry refused a manifest itself, as it does when it does not see a blob of it: by 400
// or 404, with MANIFEST_BLOB_UNKNOWN or, on older servers, MANIFEST_INVALID.
func blobUnknown(err error) bool {
	status, _ := failure.Status(err)
	return status == http.StatusBadRequest || status == http.StatusNotFound
}

// bring makes a blob of one image known in another, in the folder of a manifest.
type bring func(ctx context.Context, source, target reference.Image, folder string, d ocispec.Descriptor) error

func (e *Engine) bringBlobs(ctx context.Context, source, target reference.Image, m manifest.Manifest, one bring) error {
	return e.bringAll(ctx, source, target, reference.DigestFolder(m.Digest), m.BlobDescriptors(), one)
}

func (e *Engine) bringAll(ctx context.Context, source, target reference.Image, folder string,
	blobs []ocispec.Descriptor, one bring,
) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range blobs {
		group.Go(func() error { return one(ctx, source, target, folder, d) })
	}
	return group.Wait()
}

// link lets the server put a blob where it would put it itself after a push. A file that is there already must not be
// replaced, which would need Delete: the refusal is checked against what the registry shows.
func (e *Engine) link(ctx context.Context, source, target reference.Image, folder string, d ocispec.Descriptor) error {
	if source.Repo == target.Repo {
		return e.upload(ctx, source, target, folder, d)
	}
	linked, err := e.Linker.DeployByChecksum(ctx, target.Folder(folder)+"/"+manifest.BlobFile(d.Digest),
		d.Digest.Encoded())
	switch {
	case linked:
		return nil
	case err == nil || !denied(err):
		return e.upload(ctx, source, target, folder, d)
	}
	if there, lookErr := e.Blobs.HasBlob(ctx, target, d); lookErr == nil && there {
		return nil
	}
	return err
}

// denied reports that the server does not let this user write. Any other refusal is about the way: some servers and
// proxies do not know a checksum deploy.
func denied(err error) bool {
	status, _ := failure.Status(err)
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// upload asks for a mount and, if the registry opens an upload session instead, sends the bytes in it.
func (e *Engine) upload(ctx context.Context, source, target reference.Image, _ string, d ocispec.Descriptor) error {
	return e.Pusher.MountBlob(ctx, source, target, d,
		func() (io.ReadCloser, error) { return e.Blobs.Blob(ctx, source, d) })
}
