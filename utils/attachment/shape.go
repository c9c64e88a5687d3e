package attachment

import (
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Shape is as much of a manifest as tells an image from an attachment, for those who keep it of many.
type Shape struct {
	// Runs reports whether it can be run, see Runs.
	Runs bool
	// refers reports whether it can be an index of referrers; attests, whether it has the types of an attachment.
	refers, attests bool
	digest, subject digest.Digest
}

// ShapeOf returns the shape of a manifest.
func ShapeOf(m manifest.Manifest) Shape {
	s := Shape{Runs: Runs(m), attests: HasAttachmentTypes(m), digest: m.Digest}
	if m.Content.Subject != nil {
		s.subject = m.Content.Subject.Digest
	}
	isReferrer := func(e ocispec.Descriptor) bool { return e.Platform == nil && !IsAttestationEntry(e) }
	s.refers = m.MediaType == ocispec.MediaTypeImageIndex && (!s.Runs || slices.ContainsFunc(m.Content.Manifests,
		isReferrer))
	return s
}

// Subject returns the digest that what a folder holds is attached to. ok is false for an image, and for what a digest
// folder holds that names no subject: that can be anything. A fallback tag of a digest that is no sha256 names its
// subject only in part; the digest is empty then.
func (s Shape) Subject(name string) (subject digest.Digest, ok bool) {
	named, ok := Named(name)
	isFallback := reference.IsFallbackTag(name)
	switch {
	case isFallback && s.isFallbackIndex(named):
		return named, true
	case s.Runs:
		return "", false
	case s.subject != "":
		return s.subject, true
	case !ok, isFallback, NamesItself(name, s.digest):
		return "", false
	default:
		return named, true
	}
}

// IsImage is the function of that name.
func (s Shape) IsImage(tag string) bool {
	_, attached := s.Subject(tag)
	return !attached
}

// OnlyNamed is the function of that name.
func (s Shape) OnlyNamed(tag string) (subject digest.Digest, ok bool) {
	subject, attached := s.Subject(tag)
	ok = attached && s.subject == "" && !s.attests && !reference.IsFallbackTag(tag) && KindOfTag(tag) == KindOther
	return subject, ok
}

func (s Shape) isFallbackIndex(subject digest.Digest) bool { return s.digest != subject && s.refers }
