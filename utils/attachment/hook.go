package attachment

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// hook is all by which something may are attached to a digest in one place: the referrers API, the fallback tag and
// suffix tags.
type hook struct {
	digest    digest.Digest
	place     Place
	listed    []ocispec.Descriptor
	supported bool
	// index is the fallback index, or the zero manifest.
	index    manifest.Manifest
	tags     []reference.SuffixTag
	suffixed []*Attachment
	// itself reports which of these tags hold the very manifest that they are named after: they are images.
	itself   []bool
	warnings []string
}

// read asks for all of it at once.
func (h *hook) read(ctx context.Context, w *walk) error {
	h.tags = h.place.Listing.SuffixTags(h.digest)
	shown := len(h.tags)
	if h.digest == w.root.Digest {
		h.tags = append(slices.Clone(h.tags), h.unlisted()...)
	}
	if err := w.tooMany(len(h.tags)); err != nil {
		return err
	}
	h.suffixed, h.itself = make([]*Attachment, len(h.tags)), make([]bool, len(h.tags))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		h.listed, h.supported, err = w.reader.Referrers(ctx, h.place.Image, h.digest)
		if w.noted(ctx, "referrers", "the list of referrers of "+h.digest.String(), err) {
			return nil
		}
		return err
	})
	group.Go(func() error { return h.readFallback(ctx, w, h.digest == w.root.Digest) })
	for i, tag := range h.tags {
		group.Go(func() (err error) {
			h.suffixed[i], h.itself[i], err = h.readSuffixTag(ctx, w, tag)
			return err
		})
	}
	err := group.Wait()
	h.keepFound(shown)
	return err
}

// unlisted returns the tags of a root's usual attachments that the folder does not show. A folder shows what the user
// may read, whatever the server's setting (facts: folder info and file lists), and a read by name is refused where that
// hides something. Rights differ by pattern, so the root stands for its children.
func (h *hook) unlisted() []reference.SuffixTag {
	suffixes := []string{signatureSuffix, "att", "sbom"}
	if !h.place.Listing.byName {
		if len(h.tags) > 0 || h.place.Listing.Has(reference.FallbackTag(h.digest)) {
			return nil
		}
		// Before an image counts as unsigned, a read has to say so.
		suffixes = suffixes[:1]
	}
	var tags []reference.SuffixTag
	for _, suffix := range suffixes {
		if tag := (reference.SuffixTag{Subject: h.digest, Suffix: suffix}); !h.place.Listing.Has(tag.String()) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// keepFound forgets those tags that were only asked for by name, behind the shown ones, and are not there.
func (h *hook) keepFound(shown int) {
	tags, suffixed, itself := h.tags[:shown:shown], h.suffixed[:shown:shown], h.itself[:shown:shown]
	for i := shown; i < len(h.tags); i++ {
		if h.suffixed[i] != nil || h.itself[i] {
			tags, suffixed, itself = append(tags, h.tags[i]), append(suffixed, h.suffixed[i]), append(itself, h.itself[i])
		}
	}
	h.tags, h.suffixed, h.itself = tags, suffixed, itself
}

// readSuffixTag reads what is behind a suffix tag. What can be run is an image of its own, and travels with its subject
// all the same.
func (h *hook) readSuffixTag(ctx context.Context, w *walk,
	tag reference.SuffixTag,
) (a *Attachment, itself bool, err error) {
	m, found, err := w.fetch(ctx, h.place.Image, tag.String())
	if err != nil || !found {
		return nil, false, err
	}
	if m.Digest == tag.Subject {
		return nil, true, nil
	}
	return &Attachment{
		Subject: tag.Subject, Manifest: m, Kind: kindOfRecord(tag,
			m), Storage: SuffixTag, Tag: tag.String(), Home: h.place.Image,
	}, false, nil
}

// readFallback reads the digest's fallback tag, if the folder shows one, and that of the root by its name, as unlisted
// says. What `cosign copy` leaves there, the image itself, is no index of referrers, and neither is what was mirrored
// under the digest of its original.
func (h *hook) readFallback(ctx context.Context, w *walk, root bool) error {
	tag := reference.FallbackTag(h.digest)
	listed := h.place.Listing.Has(tag)
	if !listed && (!root || !h.place.Listing.byName) {
		return nil
	}
	m, found, err := w.fetch(ctx, h.place.Image, tag)
	switch {
	case err != nil:
		return err
	case !found && listed && w.isMissing(tag):
		h.warn("the folder %s holds no manifest", tag)
	case !found, m.Digest == h.digest:
	case !IsFallbackIndex(m, h.digest):
		h.warn("the fallback tag %s holds an image and no index of referrers; it was passed over", tag)
	default:
		h.index = m
	}
	return nil
}

func (h *hook) warn(format string, args ...any) {
	h.warnings = append(h.warnings, fmt.Sprintf(format, args...))
}
