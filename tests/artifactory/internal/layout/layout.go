// Package layout knows how Artifactory lays out images in a docker or oci repository, and reads manifests. It holds no
// state.
package layout

import (
	"regexp"
	"strings"
)

// Names of files and folders of the layout.
const (
	// Manifest is the file of an image or artifact manifest, in a tag or digest folder.
	Manifest = "manifest.json"
	// List is the file of an index or manifest list, in a tag or digest folder.
	List = "list.manifest.json"
	// Uploads is the folder, in an image's folder, of uploads and of blobs that no manifest uses yet.
	Uploads = "_uploads"
)

var (
	digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	tagPattern    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	imagePattern  = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	suffixPattern = regexp.MustCompile(`sha256-[0-9a-f]{64}(\.[^/]+)?$`)
)

// ValidDigest accepts sha256 digests only: the layout has no place for any other algorithm.
func ValidDigest(s string) bool { return digestPattern.MatchString(s) }

// ValidTag is the grammar of tags of the OCI distribution specification.
func ValidTag(s string) bool { return tagPattern.MatchString(s) }

// ValidImage is the grammar of repository names of the OCI distribution specification.
func ValidImage(s string) bool { return imagePattern.MatchString(s) }

// IsAttachmentTag tells suffix tags ([prefix]sha256-<hex>.<suffix>) and fallback tags (sha256-<hex>).
func IsAttachmentTag(s string) bool { return suffixPattern.MatchString(s) }

// IsDigestFolder reports the folders of manifests pushed by digest: sha256:<hex> in local repositories,
// sha256__<hex> in remote caches.
func IsDigestFolder(s string) bool { return FolderDigest(s) != "" }

// FolderDigest is the digest that a digest folder is named after, or empty.
func FolderDigest(name string) string {
	if d := strings.Replace(name, "__", ":", 1); ValidDigest(d) {
		return d
	}
	return ""
}

// BlobFile is the name of the file of a blob: sha256__<hex>.
func BlobFile(digest string) string { return strings.Replace(digest, ":", "__", 1) }

// BlobDigest is the reverse of BlobFile; empty for other files.
func BlobDigest(name string) string {
	if !strings.HasPrefix(name, "sha256__") {
		return ""
	}
	return FolderDigest(name)
}

// IsManifestFile tells both names of manifest files.
func IsManifestFile(name string) bool { return name == Manifest || name == List }

// Hex is the part of a digest after the algorithm.
func Hex(digest string) string {
	_, hex, _ := strings.Cut(digest, ":")
	return hex
}

// IsFallbackTag reports the tags of the referrers tag schema: sha256-<hex>, without a suffix.
func IsFallbackTag(s string) bool {
	return strings.HasPrefix(s, "sha256-") && ValidDigest(strings.Replace(s, "-", ":", 1))
}
