// Package remote is how this tool sees a server: small interfaces to read and to change it, writes that are never
// blindly repeated, and errors explained for the user.
package remote

import (
	"context"
	"io"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Registry reads manifests. Absent is failure.ErrNotFound.
type Registry interface {
	attachment.Reader
	Resolve(ctx context.Context, image reference.Image, ref string) (digest.Digest, error)
}

// Catalog reports what repositories and folders there are, and what the folders of an image hold. Absent is
// failure.ErrNotFound.
type Catalog interface {
	Repository(ctx context.Context, key string) (reference.Repository, error)
	Folders(ctx context.Context, path string) ([]string, error)
	Manifests(ctx context.Context, path string) (digests map[string]digest.Digest, complete bool, err error)
	Contents(ctx context.Context, path string) (files, folders []string, err error)
	FileList(ctx context.Context, path string) (manifest.Contents, error)
	KeepsSharedLayers(ctx context.Context) (bool, error)
}

// Mover makes the changes, all of them server-side. Paths are "<repo>/<path>".
type Mover interface {
	Copy(ctx context.Context, from, to string) error
	Promote(ctx context.Context, source, target reference.Reference) error
	Delete(ctx context.Context, path string) error
}

// Checker asks whether changes would be allowed, without making any.
type Checker interface {
	CheckCopy(ctx context.Context, from, to string) error
	CheckMove(ctx context.Context, from, to string) error
}

// Annotator reads and sets properties of files.
type Annotator interface {
	Properties(ctx context.Context, path string) (map[string][]string, error)
	SetProperties(ctx context.Context, path string, properties map[string][]string) error
}

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

// Reader reads from one server, and has no way to write to it.
type Reader struct {
	Registry Registry
	Catalog  Catalog
	Blobs    BlobReader
}

// Server reads from one server and changes it. All fields are needed.
type Server struct {
	Reader
	Mover     Mover
	Checker   Checker
	Annotator Annotator
	Pusher    Pusher
	Linker    Linker
	// Attempts is how often a write may be tried again after a look at the state showed that it did not happen.
	Attempts int
	// Sleep waits before another look or try; it returns early with the context's error.
	Sleep func(context.Context, time.Duration) error
}
