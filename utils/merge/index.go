package merge

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Index joins a fallback index with further referrers: every entry that is there stays, each manifest that was read
// gets an entry rebuilt from it, whether it is new or damaged, and all are sorted by digest. Annotations, artifact type
// and subject of the old index stay. old may be the zero manifest; anything else that is no OCI index is refused, since
// it would be lost. It follows the referrers tag schema of the OCI distribution specification.
func Index(old manifest.Manifest, read []manifest.Manifest) (manifest.Manifest, error) {
	if old.Digest != "" && old.MediaType != ocispec.MediaTypeImageIndex {
		return manifest.Manifest{}, fmt.Errorf("manifest %s of type %q is no index of referrers", old.Digest, old.MediaType)
	}
	entries := map[digest.Digest]ocispec.Descriptor{}
	for _, d := range old.Content.Manifests {
		entries[d.Digest] = d
	}
	for _, m := range read {
		entries[m.Digest] = Entry(m)
	}
	index := ocispec.Index{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		MediaType:    ocispec.MediaTypeImageIndex,
		ArtifactType: old.Content.ArtifactType,
		Manifests:    make([]ocispec.Descriptor, 0, len(entries)),
		Subject:      old.Content.Subject,
		Annotations:  old.Content.Annotations,
	}
	for _, d := range entries {
		index.Manifests = append(index.Manifests, d)
	}
	slices.SortFunc(index.Manifests, func(a, b ocispec.Descriptor) int { return cmp.Compare(a.Digest, b.Digest) })
	raw, err := encode(index)
	if err != nil {
		return manifest.Manifest{}, err
	}
	return manifest.Parse(ocispec.MediaTypeImageIndex, raw)
}

// Entry describes a referrer as the referrers API does: artifactType is the manifest's, else its config's media type,
// and the annotations are the manifest's.
func Entry(m manifest.Manifest) ocispec.Descriptor {
	return ocispec.Descriptor{
		MediaType:    m.MediaType,
		Digest:       m.Digest,
		Size:         int64(len(m.Raw)),
		ArtifactType: m.ArtifactType(),
		Annotations:  m.Content.Annotations,
	}
}
