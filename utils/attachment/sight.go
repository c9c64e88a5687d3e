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

// sight is what one look at a digest showed.
type sight struct {
	digest      digest.Digest
	manifest    manifest.Manifest
	missing     bool
	attachments []Attachment
	warnings    []string
}

// look reads the manifest, unless it is known, and at the same time the three places where something may hang on the digest.
func (s *sight) look(ctx context.Context, w *walk, known manifest.Manifest, isKnown bool) error {
	var api, fallback []ocispec.Descriptor
	tags := w.listing.SuffixTags(s.digest)
	suffixed := make([]*Attachment, len(tags))
	s.manifest = known
	group, gctx := errgroup.WithContext(ctx)
	if !isKnown {
		group.Go(func() error { return s.readManifest(gctx, w) })
	}
	group.Go(func() (err error) {
		api, _, err = w.reader.Referrers(gctx, w.graph.Image, s.digest)
		return err
	})
	group.Go(func() (err error) {
		fallback, err = s.readFallback(gctx, w)
		return err
	})
	for i, tag := range tags {
		group.Go(func() (err error) {
			suffixed[i], err = readSuffixTag(gctx, w, tag)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	s.takeSuffixed(tags, suffixed)
	return s.readEntries(ctx, w, api, fallback)
}

func (s *sight) readManifest(ctx context.Context, w *walk) error {
	m, found, err := w.fetch(ctx, s.digest.String())
	s.manifest, s.missing = m, err == nil && !found
	return err
}

func readSuffixTag(ctx context.Context, w *walk, tag reference.SuffixTag) (*Attachment, error) {
	m, found, err := w.fetch(ctx, tag.String())
	if err != nil || !found {
		return nil, err
	}
	return &Attachment{Subject: tag.Subject, Manifest: m, Kind: kindOfSuffix(tag), Storage: SuffixTag, Tag: tag.String()}, nil
}

func (s *sight) takeSuffixed(tags []reference.SuffixTag, found []*Attachment) {
	for i, a := range found {
		if a == nil {
			s.warn("the folder %s holds no manifest", tags[i])
			continue
		}
		s.attachments = append(s.attachments, *a)
	}
}

// readFallback gives the entries of the digest's fallback tag, if the image's folder shows one. What `cosign copy` leaves there,
// the image itself, is no index of referrers.
func (s *sight) readFallback(ctx context.Context, w *walk) ([]ocispec.Descriptor, error) {
	tag := reference.FallbackTag(s.digest)
	if !w.listing.Has(tag) {
		return nil, nil
	}
	m, found, err := w.fetch(ctx, tag)
	switch {
	case err != nil:
		return nil, err
	case !found:
		s.warn("the folder %s holds no manifest", tag)
	case m.Digest == s.digest, m.MediaType != ocispec.MediaTypeImageIndex:
		s.warn("the fallback tag %s holds no index of referrers, as `cosign copy` leaves it; it was passed over", tag)
	default:
		return m.Content.Manifests, nil
	}
	return nil, nil
}

// readEntries reads every manifest that the referrers API or the fallback tag named and takes those that truly hang on the digest.
func (s *sight) readEntries(ctx context.Context, w *walk, api, fallback []ocispec.Descriptor) error {
	entries := entriesOf(api, fallback)
	manifests := make([]*manifest.Manifest, len(entries))
	group, ctx := errgroup.WithContext(ctx)
	for i, e := range entries {
		group.Go(func() error {
			m, found, err := w.fetch(ctx, e.digest.String())
			if found {
				manifests[i] = &m
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, e := range entries {
		s.takeEntry(e, manifests[i])
	}
	return nil
}

func (s *sight) takeEntry(e entry, m *manifest.Manifest) {
	switch {
	case m == nil:
		s.warn("%s is listed as attached to %s but is not there", e.digest, s.digest)
	case m.Content.Subject != nil && m.Content.Subject.Digest == s.digest, m.Content.Subject == nil && e.onlyFallback && !s.isChild(e.digest):
		a := Attachment{Subject: s.digest, Manifest: *m, Kind: kindOfManifest(*m), Storage: Referrer}
		if e.onlyFallback {
			a.Storage, a.Tag = Fallback, reference.FallbackTag(s.digest)
		}
		s.attachments = append(s.attachments, a)
	default:
		s.warn("%s is listed as attached to %s but does not name it as its subject; it was passed over", e.digest, s.digest)
	}
}

func (s *sight) isChild(d digest.Digest) bool { return slices.Contains(s.manifest.Children(), d) }

func (s *sight) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// entry is one listed referrer; onlyFallback tells that the referrers API did not name it.
type entry struct {
	digest       digest.Digest
	onlyFallback bool
}

// entriesOf joins both lists by digest, since they do diverge on real registries.
func entriesOf(api, fallback []ocispec.Descriptor) []entry {
	var entries []entry
	seen := map[digest.Digest]bool{}
	add := func(list []ocispec.Descriptor, onlyFallback bool) {
		for _, d := range list {
			if !seen[d.Digest] {
				seen[d.Digest] = true
				entries = append(entries, entry{digest: d.Digest, onlyFallback: onlyFallback})
			}
		}
	}
	add(api, false)
	add(fallback, true)
	return entries
}
