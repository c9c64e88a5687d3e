package manifest

import (
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Contents reports which files the tag and digest folders of an image hold: by folder, and there by name, the file's
// own digest, or "" where only the name is known. A folder that is not in it may be hidden: what is absent proves
// nothing.
type Contents map[string]map[string]digest.Digest

// Shown returns the digest of the manifest that a folder serves, and whether it holds one. The digest is "" where only
// names are known.
func (c Contents) Shown(folder string) (d digest.Digest, there bool) {
	files := c[folder]
	for _, name := range []string{ListFile, File} {
		if d, there := files[name]; there {
			return d, true
		}
	}
	return "", false
}

// Lacks returns the blobs that a folder does not hold. A file counts by its name, and where the server tells its digest
// by that, too (contract layout-image).
func (c Contents) Lacks(folder string, blobs []ocispec.Descriptor) []ocispec.Descriptor {
	var lacking []ocispec.Descriptor
	for _, d := range blobs {
		if held, there := c[folder][BlobFile(d.Digest)]; !there || held != "" && held != d.Digest {
			lacking = append(lacking, d)
		}
	}
	return lacking
}

// BlobFile returns the name under which Artifactory keeps a blob in a tag or digest folder (contract layout-image).
func BlobFile(d digest.Digest) string { return d.Algorithm().String() + "__" + d.Encoded() }
