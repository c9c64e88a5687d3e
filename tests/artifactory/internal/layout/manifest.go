package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Media types that the registry accepts for manifests.
const (
	TypeDockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	TypeDockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	// TypeArtifactManifest was dropped from the OCI specification, but is still found in registries.
	TypeArtifactManifest = "application/vnd.oci.artifact.manifest.v1+json"
	// TypeSchema1 and TypeSignedSchema1 are docker's first manifests, which old images still have.
	TypeSchema1       = "application/vnd.docker.distribution.manifest.v1+json"
	TypeSignedSchema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
)

// ErrManifest means that bytes are not a manifest of the media type that they claim to be.
var ErrManifest = errors.New("manifest invalid")

// Document is what the double reads of a manifest of any kind; the bytes are kept as they came.
type Document struct {
	MediaType    string               `json:"mediaType"`
	ArtifactType string               `json:"artifactType"`
	Config       *ocispec.Descriptor  `json:"config"`
	Layers       []ocispec.Descriptor `json:"layers"`
	Blobs        []ocispec.Descriptor `json:"blobs"`
	Manifests    []ocispec.Descriptor `json:"manifests"`
	Subject      *ocispec.Descriptor  `json:"subject"`
	Annotations  map[string]string    `json:"annotations"`
	// FSLayers are the layers of docker's first manifests.
	FSLayers []struct {
		BlobSum digest.Digest `json:"blobSum"`
	} `json:"fsLayers"`
}

// IsManifestType reports the media types of manifests that a registry stores.
func IsManifestType(mediaType string) bool {
	return IsIndexType(mediaType) || mediaType == ocispec.MediaTypeImageManifest ||
		mediaType == TypeDockerManifest || mediaType == TypeArtifactManifest || mediaType == TypeSchema1 || mediaType == TypeSignedSchema1
}

// IsIndexType reports the media types whose manifests list other manifests.
func IsIndexType(mediaType string) bool {
	return mediaType == ocispec.MediaTypeImageIndex || mediaType == TypeDockerList
}

// ManifestFile is the name of the file for a manifest of that media type.
func ManifestFile(mediaType string) string {
	if IsIndexType(mediaType) {
		return List
	}
	return Manifest
}

// Parse reads a manifest that came with that media type.
func Parse(mediaType string, raw []byte) (*Document, error) {
	var d Document
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if !IsManifestType(mediaType) {
		return nil, fmt.Errorf("%w: unsupported media type %q", ErrManifest, mediaType)
	}
	if d.MediaType != "" && d.MediaType != mediaType {
		return nil, fmt.Errorf("%w: media type %q in the manifest, %q in the request", ErrManifest, d.MediaType, mediaType)
	}
	return &d, d.check(mediaType)
}

func (d *Document) check(mediaType string) error {
	isImage := mediaType == ocispec.MediaTypeImageManifest || mediaType == TypeDockerManifest
	if isImage && d.Config == nil {
		return fmt.Errorf("%w: no config", ErrManifest)
	}
	if isImage && len(d.Manifests) > 0 {
		return fmt.Errorf("%w: an image manifest lists manifests", ErrManifest)
	}
	for _, desc := range append(d.Content(), d.Manifests...) {
		if err := desc.Digest.Validate(); err != nil {
			return fmt.Errorf("%w: %w", ErrManifest, err)
		}
	}
	return nil
}

// Content lists config, layers and blobs as they stand there, repeats included.
func (d *Document) Content() []ocispec.Descriptor {
	out := make([]ocispec.Descriptor, 0, 1+len(d.Layers)+len(d.Blobs))
	if d.Config != nil {
		out = append(out, *d.Config)
	}
	out = append(append(out, d.Layers...), d.Blobs...)
	for _, l := range d.FSLayers {
		out = append(out, ocispec.Descriptor{Digest: l.BlobSum})
	}
	return out
}

// IsForeign tells layers that are fetched from elsewhere and have no file in the repository.
func IsForeign(d ocispec.Descriptor) bool {
	return len(d.URLs) > 0 || strings.Contains(d.MediaType, "nondistributable") || strings.Contains(d.MediaType, "foreign")
}

// EffectiveArtifactType is what a referrers answer says: artifactType, else the config's type (OCI 1.1).
func (d *Document) EffectiveArtifactType() string {
	if d.ArtifactType == "" && d.Config != nil {
		return d.Config.MediaType
	}
	return d.ArtifactType
}
