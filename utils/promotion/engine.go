// Package promotion reads both sides, lets plan decide, and carries the plan out: attachments first, each read back,
// the image last, read back, and for a move the deletes. It sees servers through the small interfaces below.
package promotion

import (
	"context"
	"time"

	"github.com/opencontainers/go-digest"

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
	FileList(ctx context.Context, path string) (manifest.Contents, error)
	KeepsSharedLayers(ctx context.Context) (bool, error)
}

// Mover makes the changes, all of them server-side, and reads what a folder holds before it is deleted. Paths are
// "<repo>/<path>".
type Mover interface {
	Copy(ctx context.Context, from, to string) error
	Promote(ctx context.Context, source, target reference.Reference) error
	Delete(ctx context.Context, path string) error
	Contents(ctx context.Context, path string) (files, folders []string, err error)
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

// Engine promotes images on one server. All fields but Verifier and Approve are needed.
type Engine struct {
	Registry  Registry
	Catalog   Catalog
	Mover     Mover
	Checker   Checker
	Annotator Annotator
	Pusher    Pusher
	Blobs     BlobReader
	Linker    Linker
	// Attempts is how often a write may be tried again after a look at the state showed that it did not happen.
	Attempts int
	// Sleep waits before another look or try; it returns early with the context's error.
	Sleep func(context.Context, time.Duration) error
	// Verifier holds images against a policy, before the first write and before the target tag appears; nil means that
	// there is none.
	Verifier Verifier
	// DryRun stops after the plan.
	DryRun bool
	// Approve, unless nil, is asked about every plan before it is carried out; its error ends the promotion of that
	// image. It may make the plan binding.
	Approve func(*Result) error
}

// Sleep waits for d or until the context ends; it is what Engine.Sleep is outside tests.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
