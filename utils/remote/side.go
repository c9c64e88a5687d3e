package remote

import (
	"context"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// Side reads one side of a promotion. Its errors say on which side, what was read, and which permission that needs.
type Side struct {
	reader Reader
	name   failure.Side
}

// At returns a side of the server.
func (r Reader) At(name failure.Side) Side { return Side{r, name} }

// Resolve reports what a tag shows at this moment; "" is nothing.
func (s Side) Resolve(ctx context.Context, image reference.Image, tag string) (digest.Digest, error) {
	d, err := s.reader.DigestOf(ctx, image, tag)
	return d, s.explain(err, image.Tagged(tag), image.String())
}

// SurelyResolve is Resolve for what may well be there: see SureDigestOf.
func (s Side) SurelyResolve(ctx context.Context, image reference.Image, tag string) (digest.Digest, error) {
	d, err := s.reader.SureDigestOf(ctx, s.name, image, tag)
	return d, s.explain(err, image.Tagged(tag), image.String())
}

// HeldBy reports what the folder of a tag or digest surely holds; "" is nothing.
func (s Side) HeldBy(ctx context.Context, image reference.Image, name string) (digest.Digest, error) {
	d, err := s.reader.SureDigestOf(ctx, s.name, image, name)
	return d, s.explain(err, image.Folder(name), image.String())
}

// Referrers lists what names a manifest as its subject. supported is false where there is no such API.
func (s Side) Referrers(ctx context.Context, image reference.Image,
	subject digest.Digest,
) (entries []ocispec.Descriptor, supported bool, err error) {
	entries, supported, err = s.reader.Registry.Referrers(ctx, image, subject)
	return entries, supported, s.explain(err, "the referrers of "+subject.String(), image.String())
}

// Folders lists the folders of an image.
func (s Side) Folders(ctx context.Context, image reference.Image) ([]string, error) {
	names, err := s.reader.Catalog.Folders(ctx, image.String())
	return names, s.explain(err, image.String(), image.String())
}

// Look lists what is directly in a folder.
func (s Side) Look(ctx context.Context, path string) (tagfolder.Inside, error) {
	inside, err := tagfolder.Look(ctx, s.reader.Catalog, path)
	return inside, s.explain(err, "looking into "+path, path)
}

func (s Side) explain(err error, subject, path string) error {
	return Explain(s.name, err, subject, "Read on "+path)
}
