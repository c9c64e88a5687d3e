// Package image works on images in the tree: it finds manifests and blobs, stores manifests with what
// Artifactory's registry stores beside them, and lists tags and referrers.
package image

import (
	"path"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// Find returns the manifest file of a tag or digest of an image, or nil. When a tag folder holds both
// manifest files the list wins (contract layout-both-files).
func Find(t *storage.Tree, repo, name, reference string) *storage.Node {
	folder := t.Lookup(repo, name)
	if folder == nil || name == "" {
		return nil
	}
	if layout.ValidDigest(reference) {
		return byDigest(t, folder, reference)
	}
	return ManifestIn(folder.Child(reference))
}

// ManifestIn returns the manifest file that is served for a tag or digest folder, or nil.
func ManifestIn(folder *storage.Node) *storage.Node {
	if folder == nil {
		return nil
	}
	for _, name := range []string{layout.List, layout.Manifest} {
		// A folder of that name is what properties leave that were set where no file is.
		if n := folder.Child(name); n != nil && !n.IsFolder() {
			return n
		}
	}
	return nil
}

// byDigest finds a manifest in any tag or digest folder of the image.
func byDigest(t *storage.Tree, image *storage.Node, digest string) *storage.Node {
	for _, n := range t.WithSHA256(layout.Hex(digest)) {
		if layout.IsManifestFile(n.Name) && n.Parent().Parent() == image {
			return n
		}
	}
	return nil
}

// AllByDigest returns every manifest file of the image with that digest.
func AllByDigest(t *storage.Tree, repo, name, digest string) []*storage.Node {
	var out []*storage.Node
	image := t.Lookup(repo, name)
	for _, n := range t.WithSHA256(layout.Hex(digest)) {
		if layout.IsManifestFile(n.Name) && n.Parent().Parent() == image {
			out = append(out, n)
		}
	}
	return out
}

// Folders returns the tag and digest folders of an image: those that hold a manifest file.
func Folders(image *storage.Node) []*storage.Node {
	if image == nil {
		return nil
	}
	var out []*storage.Node
	for _, c := range image.Children() {
		if ManifestIn(c) != nil {
			out = append(out, c)
		}
	}
	return out
}

// Blob finds a file with the digest of a blob that may be seen: in the image's own folders first, then
// anywhere that visible allows.
func Blob(t *storage.Tree, repo, name, digest string, visible func(*storage.Node) bool) *storage.Node {
	// Most blobs lie under their own name, and some, such as the empty config, in very many folders.
	if image := t.Lookup(repo, name); image != nil {
		for _, folder := range image.Children() {
			if n := folder.Child(layout.BlobFile(digest)); n != nil && n.Binary != nil && n.Binary.SHA256 == layout.Hex(digest) {
				return n
			}
		}
	}
	var other *storage.Node
	for _, n := range t.WithSHA256(layout.Hex(digest)) {
		switch {
		case InImage(n, repo, name):
			return n
		case other == nil && visible(n):
			other = n
		}
	}
	return other
}

// InImage reports whether a file lies in a folder of that very image, not of one nested below it.
func InImage(n *storage.Node, repo, name string) bool {
	return n.Repo() == repo && path.Dir(path.Dir(n.Path())) == name
}

// Type is the media type of a manifest file: as pushed, or read from its content when the file came another way.
func Type(n *storage.Node) string {
	if n.MediaType != "" {
		return n.MediaType
	}
	for _, guess := range guesses(n.Name) {
		if _, err := layout.Parse(guess, n.Binary.Content); err == nil {
			return guess
		}
	}
	return ocispec.MediaTypeImageManifest
}

func guesses(file string) []string {
	if file == layout.List {
		return []string{ocispec.MediaTypeImageIndex, layout.TypeDockerList}
	}
	return []string{ocispec.MediaTypeImageManifest, layout.TypeDockerManifest, layout.TypeArtifactManifest}
}

// Read parses a manifest file.
func Read(n *storage.Node) (*layout.Document, error) { return layout.Parse(Type(n), n.Binary.Content) }
