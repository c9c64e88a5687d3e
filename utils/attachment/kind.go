package attachment

import (
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// KindOf reports what a manifest is for that is attached to another one as a referrer or as an entry of a fallback tag.
func KindOf(m manifest.Manifest) Kind { return kindOfManifest(m) }

// HasAttachmentTypes reports whether a manifest has the types of an attachment, so that it can be nothing else: its own
// type, or those of all its layers, are those of cosign, sigstore or notation, of an attestation or of an SBOM.
func HasAttachmentTypes(m manifest.Manifest) bool {
	isKnown := func(t string) bool {
		return kindOfType(t) != KindOther || strings.HasPrefix(t, "application/vnd.dev.cosign.") || strings.HasPrefix(t,
			"application/vnd.dev.sigstore.")
	}
	other := func(l ocispec.Descriptor) bool { return !isKnown(l.MediaType) }
	layers := m.Content.Layers
	return isKnown(m.ArtifactType()) || len(layers) > 0 && !slices.ContainsFunc(layers, other)
}

// FromEntry reads kind and signature of a referrer from the entry with which the referrers API lists it. sure is false
// when the manifest itself has to be read: the entry has the type of a config, or none, or lacks a bundle's annotations
// (facts: attachments 2.3). An entry of a fallback tag is the work of clients and tells nothing.
func FromEntry(d ocispec.Descriptor) (kind Kind, signature, sure bool) {
	m := manifest.Manifest{Digest: d.Digest, Content: manifest.Content{
		ArtifactType: d.ArtifactType,
		Annotations:  d.Annotations,
	}}
	a := Attachment{Storage: Referrer, Kind: kindOfType(d.ArtifactType), Manifest: m}
	switch a.Kind {
	case KindBundle:
		sure = d.Annotations[bundlePredicate] != "" || d.Annotations[bundleContent] != ""
	default:
		sure = a.Kind != KindOther
	}
	return a.Kind, a.IsSignature(""), sure
}
