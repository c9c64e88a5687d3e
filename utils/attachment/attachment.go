// Package attachment finds everything that is attached to an image: the manifests behind suffix tags, referrers and the
// entries of fallback tags, on the image itself, on its children, and on what was found in turn. It sees a server
// through Reader alone.
package attachment

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Kind reports what an attachment is for.
type Kind string

// The kinds of attachments. Whatever a tool of tomorrow attaches is KindOther, and travels all the same.
const (
	KindSignature   Kind = "signature"
	KindAttestation Kind = "attestation"
	KindSBOM        Kind = "sbom"
	KindBundle      Kind = "bundle"
	KindNotation    Kind = "notation"
	KindOther       Kind = "other"
)

// Storage reports how an attachment is attached to its subject.
type Storage string

// The storage forms: by the name of a tag, by the subject field, or as an entry of a fallback index.
const (
	SuffixTag Storage = "suffix-tag"
	Referrer  Storage = "referrer"
	Fallback  Storage = "fallback"
)

// Attachment is one manifest attached to one subject in one storage form. A manifest that the referrers API and the
// fallback tag both name is one Attachment, in the form Referrer.
type Attachment struct {
	Subject  digest.Digest
	Manifest manifest.Manifest
	Kind     Kind
	Storage  Storage
	// Tag is the suffix tag or fallback tag; empty for a referrer.
	Tag string
	// Unlisted reports that it names its subject, and that no list leads to it: a verifier does not find it there.
	Unlisted bool
	// Home is where the attachment is kept: the image itself, or another one that the user named (cosign's
	// COSIGN_REPOSITORY).
	Home reference.Image
	// Config is the content of the config of a record that holds only some entries of the one that is stored; nil for
	// what is stored.
	Config []byte
}

// Folder returns the Artifactory path of the folder that holds the attachment's manifest.
func (a Attachment) Folder() string { return a.Home.Folder(a.Name()) }

// Name returns the name of that folder: the suffix tag, or the digest of what no tag names.
func (a Attachment) Name() string {
	if a.Storage == SuffixTag {
		return a.Tag
	}
	return reference.DigestFolder(a.Manifest.Digest)
}

// signature media types and annotations, as the tools write them.
const (
	bundlePrefix      = "application/vnd.dev.sigstore.bundle"
	bundleContent     = "dev.sigstore.bundle.content"
	bundlePredicate   = "dev.sigstore.bundle.predicateType"
	cosignSignature   = "https://sigstore.dev/cosign/sign/v1"
	cosignArtifactSig = "application/vnd.dev.cosign.artifact.sig.v1+json"
	notationSignature = "application/vnd.cncf.notary.signature"
	// simpleSigning is the type of cosign's payloads; the signature of one stands beside it, in its descriptor's
	// annotations.
	simpleSigning   = "application/vnd.dev.cosign.simplesigning.v1+json"
	signatureNote   = "dev.cosignproject.cosign/signature"
	signatureSuffix = "sig"
)

// IsSignature reports whether the attachment makes its subject signed: a layer of cosign's with a signature in an
// unprefixed ".sig" (or one with the prefix that the user's verifiers look for), a sigstore bundle that is a signature,
// a cosign signature referrer, or a notation signature. What a payload says is for those who verify.
func (a Attachment) IsSignature(prefix string) bool {
	switch {
	case a.Storage == SuffixTag:
		t, ok := reference.ParseSuffixTag(a.Tag)
		return ok && t.Suffix == signatureSuffix && (t.Prefix == "" || t.Prefix == prefix) && HoldsSignature(a.Manifest)
	case a.Kind == KindBundle:
		notes := a.Manifest.Content.Annotations
		return notes[bundlePredicate] == cosignSignature || notes[bundleContent] == "message-signature"
	default:
		// By the type that verifiers filter by, not by that of a layer.
		t := a.Manifest.ArtifactType()
		return t == notationSignature || t == cosignArtifactSig
	}
}

// HoldsSignature reports whether a record behind a ".sig" tag has a signature in it: a layer of cosign's payload type,
// with a signature beside it, and nothing that can be run.
func HoldsSignature(m manifest.Manifest) bool {
	return !Runs(m) && slices.ContainsFunc(m.Content.Layers, isSigned)
}

func isSigned(layer ocispec.Descriptor) bool {
	return layer.MediaType == simpleSigning && layer.Annotations[signatureNote] != ""
}

// lacks reports why what is behind a ".sig" tag is no signature.
func (a Attachment) lacks() string {
	switch {
	case Runs(a.Manifest):
		return "it is an image"
	case len(a.Manifest.Content.Layers) == 0:
		return "it is empty"
	case a.Kind != KindSignature:
		return "it holds something else"
	default:
		return "its payload has no signature beside it"
	}
}

// KindOfTag reads the kind from a suffix tag's name.
func KindOfTag(tag string) Kind {
	t, _ := reference.ParseSuffixTag(tag)
	return kindOfSuffix(t)
}

// kindOfSuffix reads the kind from a suffix tag, by cosign's suffixes.
func kindOfSuffix(t reference.SuffixTag) Kind {
	switch t.Suffix {
	case signatureSuffix:
		return KindSignature
	case "att":
		return KindAttestation
	case "sbom":
		return KindSBOM
	default:
		return KindOther
	}
}

// KindOfRecord reads the kind of what is behind a suffix tag.
func KindOfRecord(tag string, m manifest.Manifest) Kind {
	t, _ := reference.ParseSuffixTag(tag)
	return kindOfRecord(t, m)
}

// kindOfRecord reads the kind of what is behind a suffix tag: by the suffix, unless its content is of another kind.
func kindOfRecord(t reference.SuffixTag, m manifest.Manifest) Kind {
	kind := kindOfSuffix(t)
	isPayload := func(l ocispec.Descriptor) bool { return l.MediaType == simpleSigning }
	switch {
	case Runs(m):
		return KindOther
	case kind == KindSignature && len(m.Content.Layers) > 0 && !slices.ContainsFunc(m.Content.Layers, isPayload):
		return kindOfManifest(m)
	default:
		return kind
	}
}

// IsRecord reports whether a manifest is one of the records of cosign's that hold a list of entries, signatures or
// attestations.
func IsRecord(kind Kind, m manifest.Manifest) bool {
	switch kind {
	case KindSignature:
		return m.IsList() && kindOfRecord(reference.SuffixTag{Suffix: signatureSuffix}, m) == KindSignature
	case KindAttestation:
		return m.IsList() && !Runs(m)
	default:
		return false
	}
}

// kindOfManifest reads the kind of a referrer from its manifest, never from its descriptor: older clients wrote wrong
// types there.
func kindOfManifest(m manifest.Manifest) Kind {
	types := make([]string, 0, 1+len(m.Content.Layers))
	types = append(types, m.ArtifactType())
	for _, layer := range m.Content.Layers {
		types = append(types, layer.MediaType)
	}
	for _, t := range types {
		if kind := kindOfType(t); kind != KindOther {
			return kind
		}
	}
	return KindOther
}

// IsBundle reports whether cosign takes a manifest for a sigstore bundle, whatever lists it.
func IsBundle(m manifest.Manifest) bool { return kindOfManifest(m) == KindBundle }

// IsBundleType reports whether an artifactType, or the type of a layer, is that of a sigstore bundle, of any version.
func IsBundleType(t string) bool { return strings.HasPrefix(t, bundlePrefix) }

func kindOfType(t string) Kind {
	switch {
	case IsBundleType(t):
		return KindBundle
	case t == notationSignature:
		return KindNotation
	case t == cosignArtifactSig:
		return KindSignature
	case strings.Contains(t, "spdx"), strings.Contains(t, "cyclonedx"), strings.Contains(t, "sbom"), strings.Contains(t,
		"syft"):
		return KindSBOM
	case strings.Contains(t, "in-toto"), strings.Contains(t, "dsse"):
		return KindAttestation
	default:
		return KindOther
	}
}

// order sorts attachments for people and for repeatable output: by subject, storage, tag, digest.
func order(a, b Attachment) int {
	return cmp.Or(
		cmp.Compare(a.Subject, b.Subject),
		cmp.Compare(a.Storage, b.Storage),
		cmp.Compare(a.Tag, b.Tag),
		cmp.Compare(a.Manifest.Digest, b.Manifest.Digest),
	)
}

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
// when the manifest itself has to be read: the entry has the type of a config, or none, or lacks a bundle's
// annotations. An entry of a fallback tag is the work of clients and tells nothing.
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
