package remote

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

// Push brings a manifest with its blobs from one image to another and writes it under ref, byte by byte. Blobs are
// linked by the server wherever it can: by mount within a repository, else by checksum; only what it cannot link passes
// through here, streamed.
func (s *Server) Push(ctx context.Context, source, target reference.Image, ref string, m manifest.Manifest,
	link Transfer,
) (indexed bool, err error) {
	if err := s.TransferBlobs(ctx, source, target, m, link); err != nil {
		return false, err
	}
	indexed, err = s.Pusher.PutManifest(ctx, target, ref, m)
	if err == nil || !BlobUnknown(err) {
		return indexed, err
	}
	// The registry does not see what was linked beside it: upload in a session of its own, which it must see.
	if err := s.TransferBlobs(ctx, source, target, m, s.Upload); err != nil {
		return false, err
	}
	return s.Pusher.PutManifest(ctx, target, ref, m)
}

// BlobUnknown reports that the registry refused a manifest itself, as it does when it does not see a blob of it: by 400
// or 404, with MANIFEST_BLOB_UNKNOWN or, on older servers, MANIFEST_INVALID.
func BlobUnknown(err error) bool {
	status, _ := failure.Status(err)
	return status == http.StatusBadRequest || status == http.StatusNotFound
}

// Transfer makes a blob of one image known in another, in the folder of a manifest.
type Transfer func(ctx context.Context, source, target reference.Image, folder string, d ocispec.Descriptor) error

// TransferBlobs makes the blobs of a manifest known in another image, in the folder of its digest.
func (s *Server) TransferBlobs(ctx context.Context, source, target reference.Image, m manifest.Manifest, one Transfer) error {
	return s.TransferAll(ctx, source, target, reference.DigestFolder(m.Digest), m.BlobDescriptors(), one)
}

// TransferAll makes blobs of one image known in another, all at once.
func (s *Server) TransferAll(ctx context.Context, source, target reference.Image, folder string,
	blobs []ocispec.Descriptor, one Transfer,
) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range blobs {
		group.Go(func() error { return one(ctx, source, target, folder, d) })
	}
	return group.Wait()
}

// Link lets the server put a blob where it would put it itself after a push. A file that is there already must not be
// replaced, which would need Delete: the refusal is checked against what the registry shows.
func (s *Server) Link(ctx context.Context, source, target reference.Image, folder string, d ocispec.Descriptor) error {
	if source.Repo == target.Repo {
		return s.Upload(ctx, source, target, folder, d)
	}
	linked, err := s.Linker.DeployByChecksum(ctx, target.Folder(folder)+"/"+manifest.BlobFile(d.Digest),
		d.Digest.Encoded())
	switch {
	case linked:
		return nil
	case err == nil || !denied(err):
		return s.Upload(ctx, source, target, folder, d)
	}
	if there, lookErr := s.Blobs.HasBlob(ctx, target, d); lookErr == nil && there {
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

// Upload asks for a mount and, if the registry opens an upload session instead, sends the bytes in it.
func (s *Server) Upload(ctx context.Context, source, target reference.Image, _ string, d ocispec.Descriptor) error {
	return s.Pusher.MountBlob(ctx, source, target, d,
		func() (io.ReadCloser, error) { return s.Blobs.Blob(ctx, source, d) })
}
