package attachment

import (
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// KindOf tells what a manifest is for that hangs on another one as a referrer or as an entry of a fallback tag.
func KindOf(m manifest.Manifest) Kind { return kindOfManifest(m) }

// FromEntry reads kind and signature of a referrer from the entry with which the referrers API lists it. sure is false when the
// manifest itself has to be read: the entry has the type of a config, or none, or lacks a bundle's annotations (facts: attachments
// 2.3). An entry of a fallback tag is the work of clients and tells nothing.
func FromEntry(d ocispec.Descriptor) (kind Kind, signature, sure bool) {
	m := manifest.Manifest{Digest: d.Digest, Content: manifest.Content{ArtifactType: d.ArtifactType, Annotations: d.Annotations}}
	a := Attachment{Storage: Referrer, Kind: kindOfType(d.ArtifactType), Manifest: m}
	switch a.Kind {
	case KindBundle:
		sure = d.Annotations[bundlePredicate] != "" || d.Annotations[bundleContent] != ""
	default:
		sure = a.Kind != KindOther
	}
	return a.Kind, a.IsSignature(""), sure
}
