package attachment

import (
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// What is an image and what is an attachment is decided here, for every command. The manifest decides, never the name
// alone: tools name images after digests too.
//
//   - What can be run, see Runs, is an image, under whatever tag.
//   - What names a subject, and cannot be run, is attached to that.
//   - What is behind a suffix tag or a fallback tag of another manifest, and cannot be run, is attached to that manifest.
//   - Of that, what only its tag attaches, see OnlyNamed, is attached where that manifest is: elsewhere it is an image, as mirrors name charts
//     and modules after the digests that they had.
//   - Everything else with a tag is an image: charts, modules and other artifacts too, and what has a tag of its own digest.
//
// An image that looks as if it were attached to something travels with that all the same (source containers), see
// Discover.

// IsImage reports whether what is behind a tag is an image: whatever is not attached to anything.
func IsImage(tag string, m manifest.Manifest) bool { return ShapeOf(m).IsImage(tag) }

// OnlyNamed returns the digest that a manifest is attached to by nothing but its tag, with a suffix that no tool has
// that we know, and with none of the known types of attachments. It is an image where that digest is not there.
func OnlyNamed(tag string, m manifest.Manifest) (subject digest.Digest, ok bool) {
	return ShapeOf(m).OnlyNamed(tag)
}

// Named returns the digest in a suffix tag or a fallback tag; ok is false for every other name. It says what a tag
// looks like, so that its manifest has to be read, and not what it is. The digest is empty where a fallback tag has
// only a part of it.
func Named(tag string) (d digest.Digest, ok bool) {
	if t, ok := reference.ParseSuffixTag(tag); ok {
		return t.Subject, true
	}
	subject, _ := reference.FallbackSubject(tag)
	return subject, reference.IsFallbackTag(tag)
}

// NamesItself reports whether a tag is named after the digest of its own manifest, as imgpkg and oc-mirror name images:
// then it holds an image. It needs no manifest.
func NamesItself(tag string, d digest.Digest) bool {
	named, ok := Named(tag)
	return ok && d != "" && named == d
}

// Derived reports whether a tag is one of those that cosign derives from a digest: most such tags hold what they look
// like.
func Derived(tag string) bool {
	t, ok := reference.ParseSuffixTag(tag)
	return ok && t.Prefix == "" && kindOfSuffix(t) != KindOther
}

// Expected reports whether a tag can be taken for an attachment without a look at its manifest: it is derived from a
// digest, and the image has that. What is behind it travels with that then, whatever it is, so that nothing is lost if
// it is an image.
func Expected(tag string, has func(digest.Digest) bool) bool {
	d, ok := Named(tag)
	return ok && Derived(tag) && has(d)
}

// Runs reports whether a manifest can be run: an index that lists a platform, or an image with a layer of a file
// system. The records of signing tools have the config of an image too, so that this proves nothing: their layers tell.
// It needs no look at the config itself.
func Runs(m manifest.Manifest) bool {
	switch {
	case m.MediaType == manifest.DockerList:
		return true
	case m.IsIndex():
		return slices.ContainsFunc(m.Content.Manifests, isPlatform)
	case IsSchema1(m):
		return true
	case !isImageConfig(m.Content.Config):
		return false
	default:
		return slices.ContainsFunc(m.Content.Layers, func(l ocispec.Descriptor) bool { return isFileSystem(l.MediaType) })
	}
}

// IsSchema1 tells docker's first form of images, which cosign cannot sign.
func IsSchema1(m manifest.Manifest) bool { return strings.HasPrefix(m.MediaType, dockerSchema1) }

// dockerSchema1 begins the types of docker's first manifests, signed and unsigned.
const dockerSchema1 = "application/vnd.docker.distribution.manifest.v1+"

// isImageConfig reports the types of config with which docker runs an image. It takes those that old versions of it
// wrote by mistake, and none that it does not know.
func isImageConfig(config *ocispec.Descriptor) bool {
	if config == nil {
		return false
	}
	switch config.MediaType {
	case ocispec.MediaTypeImageConfig, manifest.DockerConfig, wasmConfig, "application/octet-stream", "application/json", "text/html", "":
		return true
	default:
		return false
	}
}

// wasmConfig is that of WebAssembly images, which containerd runs.
const wasmConfig = "application/vnd.wasm.config.v0+json"

// isFileSystem reports the types of layers that make up what is run, in every compression and encryption, here or
// elsewhere.
func isFileSystem(mediaType string) bool {
	for _, prefix := range []string{
		"application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.",
		"application/wasm",
	} {
		if strings.HasPrefix(mediaType, prefix) {
			return true
		}
	}
	return false
}

// isPlatform reports whether an entry of an index can be run. BuildKit lists what attests as unknown/unknown.
func isPlatform(entry ocispec.Descriptor) bool {
	return entry.Platform != nil && entry.Platform.OS != "" && entry.Platform.OS != unknownPlatform && !IsAttestationEntry(entry)
}

const (
	unknownPlatform = "unknown"
	// referenceType is BuildKit's annotation of what is no platform of the image.
	referenceType = "vnd.docker.reference.type"
)

// IsAttestationEntry reports whether an index lists something that attests to one of its platforms, and is none itself:
// nobody has to sign it.
func IsAttestationEntry(entry ocispec.Descriptor) bool {
	p := entry.Platform
	return entry.Annotations[referenceType] != "" || p != nil && p.OS == unknownPlatform && p.Architecture == unknownPlatform
}

// IsFallbackIndex reports whether what a fallback tag holds is an index of referrers: not the image itself, as `cosign
// copy` leaves it, and not an index of platforms, as oc-mirror keeps under the digest of its original. One that lists
// platforms beside referrers, as signing after `cosign copy` makes it, is an index of referrers, and runs as well: it
// must not be written over, nor removed.
func IsFallbackIndex(m manifest.Manifest, subject digest.Digest) bool {
	return ShapeOf(m).isFallbackIndex(subject)
}
