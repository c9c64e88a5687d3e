package attachment

import (
	"context"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// hook is all by which something may hang on a digest in one place: the referrers API, the fallback tag and suffix tags.
type hook struct {
	digest    digest.Digest
	place     Place
	listed    []ocispec.Descriptor
	supported bool
	// index is the fallback index, or the zero manifest.
	index    manifest.Manifest
	tags     []reference.SuffixTag
	suffixed []*Attachment
	warnings []string
}

// read asks for all of it at once.
func (h *hook) read(ctx context.Context, w *walk) error {
	h.tags = h.place.Listing.SuffixTags(h.digest)
	guessed := h.digest == w.root.Digest && len(h.tags) == 0 && !h.place.Listing.Has(reference.FallbackTag(h.digest))
	if guessed {
		// A folder may leave out what the user may not read: before an image counts as unsigned, a read has to say so.
		h.tags = []reference.SuffixTag{{Subject: h.digest, Suffix: "sig"}}
	}
	if err := w.tooMany(len(h.tags)); err != nil {
		return err
	}
	h.suffixed = make([]*Attachment, len(h.tags))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		h.listed, h.supported, err = w.reader.Referrers(ctx, h.place.Image, h.digest)
		if w.noted(ctx, "referrers", "the list of referrers of "+h.digest.String(), err) {
			return nil
		}
		return err
	})
	group.Go(func() error { return h.readFallback(ctx, w) })
	for i, tag := range h.tags {
		group.Go(func() (err error) {
			h.suffixed[i], err = h.readSuffixTag(ctx, w, tag)
			return err
		})
	}
	err := group.Wait()
	if guessed && h.suffixed[0] == nil {
		h.tags, h.suffixed = nil, nil
	}
	return err
}

func (h *hook) readSuffixTag(ctx context.Context, w *walk, tag reference.SuffixTag) (*Attachment, error) {
	m, found, err := w.fetch(ctx, h.place.Image, tag.String())
	if err != nil || !found {
		return nil, err
	}
	return &Attachment{
		Subject: tag.Subject, Manifest: m, Kind: kindOfSuffix(tag), Storage: SuffixTag, Tag: tag.String(), Home: h.place.Image,
	}, nil
}

// readFallback reads the digest's fallback tag, if the folder shows one. What `cosign copy` leaves there, the image itself, is no
// index of referrers.
func (h *hook) readFallback(ctx context.Context, w *walk) error {
	tag := reference.FallbackTag(h.digest)
	if !h.place.Listing.Has(tag) {
		return nil
	}
	m, found, err := w.fetch(ctx, h.place.Image, tag)
	switch {
	case err != nil:
		return err
	case !found && w.isMissing(tag):
		h.warn("the folder %s holds no manifest", tag)
	case !found:
	case !IsFallbackIndex(m, h.digest):
		h.warn("the fallback tag %s holds no index of referrers, as `cosign copy` leaves it; it was passed over", tag)
	default:
		h.index = m
	}
	return nil
}

// IsFallbackIndex tells whether what a fallback tag holds is an index of referrers, and not the image itself or one of its parts.
func IsFallbackIndex(m manifest.Manifest, subject digest.Digest) bool {
	return m.Digest != subject && m.MediaType == ocispec.MediaTypeImageIndex
}

func (h *hook) warn(format string, args ...any) {
	h.warnings = append(h.warnings, fmt.Sprintf(format, args...))
}
