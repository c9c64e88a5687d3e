package verification

import (
	"github.com/notaryproject/notation-go/registry"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	cosigntypes "github.com/sigstore/cosign/v3/pkg/types"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// artifactSignature is the artifactType of what `cosign sign --registry-referrers-mode=oci-1-1` writes.
const artifactSignature = "application/vnd.dev.cosign.artifact.sig.v1+json"

// maxLayers is how many signatures cosign reads from one manifest; of more it reads none.
const maxLayers = 1000

// record is one signature or attestation as it is stored.
type record struct {
	policy.Evidence
	// descriptor is that of the payload, envelope or bundle; its annotations hold cosign's signature.
	descriptor ocispec.Descriptor
	content    []byte
	// asked reports that somebody wants to know about it; what nobody asks for is not read.
	asked bool
}

// recordsOf returns the signatures and attestations in one attachment. What is neither, such as an SBOM, has none, and
// neither has a tag with a prefix that no verifier was told of.
func recordsOf(a attachment.Attachment, prefix string) []*record {
	switch {
	case a.Storage == attachment.SuffixTag:
		return recordsOfTag(a, prefix)
	case a.Kind == attachment.KindBundle:
		return single(a, policy.FormatBundle, attachment.IsBundleType)
	case a.Manifest.ArtifactType() == registry.ArtifactTypeNotation:
		return single(a, policy.FormatNotation, func(string) bool { return true })
	case a.Manifest.ArtifactType() == artifactSignature:
		return layered(a, false, func(string) bool { return true })
	default:
		// As cosign's library writes attestations as referrers.
		return layered(a, true, func(mediaType string) bool { return mediaType == cosigntypes.DssePayloadType })
	}
}

// recordsOfTag takes every layer, of any type, as cosign does.
func recordsOfTag(a attachment.Attachment, prefix string) []*record {
	t, ok := reference.ParseSuffixTag(a.Tag)
	if !ok || (t.Prefix != "" && t.Prefix != prefix) {
		return nil
	}
	switch a.Kind {
	case attachment.KindSignature, attachment.KindAttestation:
		return layered(a, a.Kind == attachment.KindAttestation, func(string) bool { return true })
	default:
		return nil
	}
}

func newRecord(a attachment.Attachment, format policy.Format, d ocispec.Descriptor) *record {
	return &record{
		Evidence:   policy.Evidence{Subject: a.Subject, Attachment: a, Content: d.Digest, Format: format},
		descriptor: d,
	}
}

// layered returns a record for each layer of the right type.
func layered(a attachment.Attachment, attests bool, wanted func(mediaType string) bool) []*record {
	if len(a.Manifest.Content.Layers) > maxLayers {
		r := newRecord(a, policy.FormatCosign, ocispec.Descriptor{Digest: a.Manifest.Digest})
		r.Attests, r.Problem = attests, "the manifest has more than 1000 layers, which cosign does not read"
		return []*record{r}
	}
	var all []*record
	for _, layer := range a.Manifest.Content.Layers {
		if wanted(layer.MediaType) {
			r := newRecord(a, policy.FormatCosign, layer)
			r.Attests = attests
			all = append(all, r)
		}
	}
	return all
}

// single returns the record of a manifest that has to hold just one file, as those of bundles and of notation do.
func single(a attachment.Attachment, format policy.Format, wanted func(mediaType string) bool) []*record {
	files := append(append([]ocispec.Descriptor{}, a.Manifest.Content.Layers...), a.Manifest.Content.Blobs...)
	if len(files) != 1 || !wanted(files[0].MediaType) {
		r := newRecord(a, format, ocispec.Descriptor{Digest: a.Manifest.Digest})
		r.Problem = "the manifest does not hold exactly one " + string(format) + " signature"
		return []*record{r}
	}
	return []*record{newRecord(a, format, files[0])}
}
