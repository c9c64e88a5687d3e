// Package manifest holds what a registry answers for a manifest: its bytes, untouched, and the few fields that
// promotion needs. Bytes are never written again from the parsed fields, since a digest covers the bytes. It is pure.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Media types that the OCI image specification does not name.
const (
	DockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	DockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	DockerConfig   = "application/vnd.docker.container.image.v1+json"
	// OCIArtifact was dropped before OCI 1.1 became final; notation and ORAS wrote it and still read it.
	OCIArtifact = "application/vnd.oci.artifact.manifest.v1+json"
)

// MaxSize is the largest manifest that is read, in bytes: twice the 4 MiB that the OCI distribution specification asks
// registries to accept.
const MaxSize = 8 << 20

// MediaTypes lists every type that is asked for, so that a registry which enforces Accept hides none.
func MediaTypes() []string {
	return []string{ocispec.MediaTypeImageIndex, ocispec.MediaTypeImageManifest, DockerList, DockerManifest, OCIArtifact}
}

// Manifest is a manifest as the registry holds it.
type Manifest struct {
	MediaType string
	Digest    digest.Digest
	Raw       []byte
	Content   Content

	// size is that of the bytes where these were let go.
	size int64
}

// Content is what promotion reads from a manifest of any of the five types.
type Content struct {
	MediaType    string               `json:"mediaType"`
	ArtifactType string               `json:"artifactType"`
	Config       *ocispec.Descriptor  `json:"config"`
	Manifests    []ocispec.Descriptor `json:"manifests"`
	Layers       []ocispec.Descriptor `json:"layers"`
	Blobs        []ocispec.Descriptor `json:"blobs"`
	Subject      *ocispec.Descriptor  `json:"subject"`
	Annotations  map[string]string    `json:"annotations"`
}

// Parse reads raw, a manifest that the registry sent with the Content-Type mediaType (without parameters). It fails on
// what is not a JSON object, on a digest in it that is none, on more than MaxSize bytes, and on what two readers could
// take for different things.
func Parse(mediaType string, raw []byte) (Manifest, error) {
	if len(raw) > MaxSize {
		return Manifest{}, fmt.Errorf("manifest of more than %d bytes", MaxSize)
	}
	m := Manifest{MediaType: mediaType, Digest: digest.FromBytes(raw), Raw: raw}
	if err := json.Unmarshal(raw, &m.Content); err != nil {
		return Manifest{}, fmt.Errorf("manifest %s cannot be read: %w", m.Digest, err)
	}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("null")) {
		return Manifest{}, fmt.Errorf("manifest %s is empty", m.Digest)
	}
	for _, d := range m.descriptors() {
		if err := d.Digest.Validate(); err != nil {
			return Manifest{}, fmt.Errorf("manifest %s names the digest %q: %w", m.Digest, d.Digest, err)
		}
	}
	return m, m.ambiguous()
}

// ambiguous reports why the same bytes could be an index for one reader and an image for another: then they would sign
// the one and run the other.
func (m Manifest) ambiguous() error {
	c := m.Content
	switch {
	case c.MediaType != "" && m.MediaType != "" && c.MediaType != m.MediaType:
		return fmt.Errorf("manifest %s says of itself that it is %q, and was sent as %q", m.Digest, c.MediaType, m.MediaType)
	case len(c.Manifests) > 0 && len(c.Layers)+len(c.Blobs) > 0:
		return fmt.Errorf("manifest %s is an index and an image at once", m.Digest)
	default:
		return nil
	}
}

func (m Manifest) descriptors() []ocispec.Descriptor {
	all := slices.Concat(m.Content.Manifests, m.Content.Layers, m.Content.Blobs)
	if m.Content.Config != nil && m.Content.Config.Digest != "" {
		all = append(all, *m.Content.Config)
	}
	if m.Content.Subject != nil {
		all = append(all, *m.Content.Subject)
	}
	return all
}

// IsIndex reports whether the manifest is an image index or a docker manifest list.
func (m Manifest) IsIndex() bool {
	return m.MediaType == ocispec.MediaTypeImageIndex || m.MediaType == DockerList
}

// Children returns the digests of the manifests that an index lists, of any platform, each once, in order.
func (m Manifest) Children() []digest.Digest {
	var children []digest.Digest
	// A set, since an index within MaxSize can list so many that comparing each with each would not end.
	seen := make(map[digest.Digest]bool, len(m.Content.Manifests))
	for _, d := range m.Content.Manifests {
		if !seen[d.Digest] {
			seen[d.Digest] = true
			children = append(children, d.Digest)
		}
	}
	return children
}

// Blobs returns the digests of the files that the manifest needs, each once, see BlobDescriptors.
func (m Manifest) Blobs() []digest.Digest {
	all := m.BlobDescriptors()
	if len(all) == 0 {
		return nil
	}
	blobs := make([]digest.Digest, 0, len(all))
	for _, d := range all {
		blobs = append(blobs, d.Digest)
	}
	return blobs
}

// BlobDescriptors describes the files that the manifest needs, each once. Foreign layers, which have addresses of their
// own and no file in Artifactory, are left out.
func (m Manifest) BlobDescriptors() []ocispec.Descriptor {
	all := slices.Concat(m.Content.Layers, m.Content.Blobs)
	if m.Content.Config != nil {
		all = append([]ocispec.Descriptor{*m.Content.Config}, all...)
	}
	return unique(all)
}

// LayerDescriptors describes the layers' files, each once.
func (m Manifest) LayerDescriptors() []ocispec.Descriptor { return unique(m.Content.Layers) }

func unique(all []ocispec.Descriptor) []ocispec.Descriptor {
	var kept []ocispec.Descriptor
	seen := make(map[digest.Digest]bool, len(all))
	for _, d := range all {
		if d.Digest != "" && len(d.URLs) == 0 && !seen[d.Digest] {
			seen[d.Digest] = true
			kept = append(kept, d)
		}
	}
	return kept
}

// ArtifactType returns the type of what the manifest holds as the OCI image specification defines it: artifactType,
// else the config's media type.
func (m Manifest) ArtifactType() string {
	if m.Content.ArtifactType != "" || m.Content.Config == nil {
		return m.Content.ArtifactType
	}
	return m.Content.Config.MediaType
}

// The names of the files in which Artifactory keeps manifests; where a folder holds both, the list is served (contract
// layout-both-files).
const (
	File     = "manifest.json"
	ListFile = "list.manifest.json"
)

// FileName returns the name of the file in which Artifactory keeps the manifest in its tag folder.
func (m Manifest) FileName() string {
	if m.IsIndex() {
		return ListFile
	}
	return File
}

// FileNames returns the names that FileName can give.
func FileNames() []string { return []string{File, ListFile} }
