// Package inventory reads whole repositories into an index: which manifests there are, and what is attached to what.
// One search streams every manifest of a repository; what its row does not explain is read. A search finds, it proves
// no absence: packages audit and prune ask again, in a way that fails loudly, for what they are about to call absent.
package inventory

import (
	"context"
	"iter"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Finder searches whole repositories. What it does not find may be there all the same.
type Finder interface {
	// ManifestFiles returns every manifest file of a repository; some may come twice.
	ManifestFiles(ctx context.Context, repo string) iter.Seq2[manifest.Stored, error]
	// BlobFiles returns the files beside the manifests of attachments; with referrers, small ones in digest folders
	// too.
	BlobFiles(ctx context.Context, repo string, referrers bool) iter.Seq2[manifest.Stored, error]
	// SmallFiles returns the small files beside manifests of all kinds, configs among them.
	SmallFiles(ctx context.Context, repo string) iter.Seq2[manifest.Stored, error]
	// Holders returns the manifest files with any of the digests, anywhere on the server.
	Holders(ctx context.Context, digests []digest.Digest) iter.Seq2[manifest.Stored, error]
}

// Prober asks for one thing in a way that tells "not there" (failure.ErrNotFound, false) from "cannot be told" (any
// other error).
type Prober interface {
	Resolve(ctx context.Context, image reference.Image, ref string) (digest.Digest, error)
	HasBlob(ctx context.Context, image reference.Image, d ocispec.Descriptor) (bool, error)
}

// Lister lists the folders in an image's folder, completely for one who may read them.
type Lister interface {
	Folders(ctx context.Context, path string) ([]string, error)
}

// FileLister lists the files and folders in a folder ("<repo>/<path>").
type FileLister interface {
	Contents(ctx context.Context, path string) (files, folders []string, err error)
}

// PropertyReader reads the properties of a folder ("<repo>/<path>"); one without any has none.
type PropertyReader interface {
	Properties(ctx context.Context, path string) (map[string][]string, error)
}

// Progress is told how a run gets on. Its methods may be called from many goroutines.
type Progress interface {
	// Begin starts a stage of so many units of work; 0 when their number is not known.
	Begin(stage string, total int)
	// Done reports that n more are done.
	Done(n int)
}

// Server is what looking at repositories needs.
type Server struct {
	Finder   Finder
	Reader   attachment.Reader
	Prober   Prober
	Lister   Lister
	Progress Progress
	// Properties reads what stands on folders; nil for one who knows of nothing.
	Properties PropertyReader
	// Files lists the files of folders that seem to lack some; nil to look for none.
	Files FileLister
	// Parallel is how many images are worked on at once, at least 1.
	Parallel int
}
