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

// lookup is all by which something may be attached to a digest in one place: the referrers API, the fallback tag and
// suffix tags.
type lookup struct {
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
func (l *lookup) read(ctx context.Context, w *walk) error {
	l.tags = l.place.Listing.SuffixTags(l.digest)
	shown := len(l.tags)
	if l.digest == w.root.Digest {
		l.tags = append(slices.Clone(l.tags), l.unlisted()...)
	}
	if err := w.tooMany(len(l.tags)); err != nil {
		return err
	}
	l.suffixed, l.itself = make([]*Attachment, len(l.tags)), make([]bool, len(l.tags))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		l.listed, l.supported, err = w.source.Referrers(ctx, l.place.Image, l.digest)
		if w.noted(ctx, "referrers", "the list of referrers of "+l.digest.String(), err) {
			return nil
		}
		return err
	})
	group.Go(func() error { return l.readFallback(ctx, w, l.digest == w.root.Digest) })
	for i, tag := range l.tags {
		group.Go(func() (err error) {
			l.suffixed[i], l.itself[i], err = l.readSuffixTag(ctx, w, tag)
			return err
		})
	}
	err := group.Wait()
	l.keepFound(shown)
	return err
}

// unlisted returns the tags of a root's usual attachments that the folder does not show. A folder shows what the user
// may read, whatever the server's setting (contract rights-listing), and a read by name is refused where that hides
// something. Rights differ by pattern, so the root stands for its children.
func (l *lookup) unlisted() []reference.SuffixTag {
	suffixes := []string{signatureSuffix, "att", "sbom"}
	if !l.place.Listing.byName {
		if len(l.tags) > 0 || l.place.Listing.Has(reference.FallbackTag(l.digest)) {
			return nil
		}
		// Before an image counts as unsigned, a read has to say so.
		suffixes = suffixes[:1]
	}
	var tags []reference.SuffixTag
	for _, suffix := range suffixes {
		if tag := (reference.SuffixTag{Subject: l.digest, Suffix: suffix}); !l.place.Listing.Has(tag.String()) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// keepFound forgets those tags that were only asked for by name, behind the shown ones, and are not there.
func (l *lookup) keepFound(shown int) {
	tags, suffixed, itself := l.tags[:shown:shown], l.suffixed[:shown:shown], l.itself[:shown:shown]
	for i := shown; i < len(l.tags); i++ {
		if l.suffixed[i] != nil || l.itself[i] {
			tags, suffixed, itself = append(tags, l.tags[i]), append(suffixed, l.suffixed[i]), append(itself, l.itself[i])
		}
	}
	l.tags, l.suffixed, l.itself = tags, suffixed, itself
}

// readSuffixTag reads what is behind a suffix tag. What can be run is an image of its own, and travels with its subject
// all the same.
func (l *lookup) readSuffixTag(ctx context.Context, w *walk,
	tag reference.SuffixTag,
) (a *Attachment, itself bool, err error) {
	m, found, err := w.fetch(ctx, l.place.Image, tag.String())
	if err != nil || !found {
		return nil, false, err
	}
	if m.Digest == tag.Subject {
		return nil, true, nil
	}
	return &Attachment{
		Subject: tag.Subject, Manifest: m, Kind: kindOfRecord(tag,
			m), Storage: SuffixTag, Tag: tag.String(), Home: l.place.Image,
	}, false, nil
}

// readFallback reads the digest's fallback tag, if the folder shows one, and that of the root by its name, as unlisted
// says. What `cosign copy` leaves there, the image itself, is no index of referrers, and neither is what was mirrored
// under the digest of its original.
func (l *lookup) readFallback(ctx context.Context, w *walk, root bool) error {
	tag := reference.FallbackTag(l.digest)
	listed := l.place.Listing.Has(tag)
	if !listed && (!root || !l.place.Listing.byName) {
		return nil
	}
	m, found, err := w.fetch(ctx, l.place.Image, tag)
	switch {
	case err != nil:
		return err
	case !found && listed && w.isMissing(tag):
		l.warn("the folder %s holds no manifest", tag)
	case !found, m.Digest == l.digest:
	case !IsFallbackIndex(m, l.digest):
		l.warn("the fallback tag %s holds an image and no index of referrers; it was passed over", tag)
	default:
		l.index = m
	}
	return nil
}

func (l *lookup) warn(format string, args ...any) {
	l.warnings = append(l.warnings, fmt.Sprintf(format, args...))
}
