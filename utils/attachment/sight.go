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

// sight is what one look at a digest showed.
type sight struct {
	digest      digest.Digest
	manifest    manifest.Manifest
	missing     bool
	attachments []Attachment
	fallbacks   []FallbackIndex
	api         bool
	warnings    []string
}

// look reads the manifest, unless it is known, and at the same time everything that may hang on the digest, in every place.
func (s *sight) look(ctx context.Context, w *walk, known manifest.Manifest, isKnown bool) error {
	s.manifest = known
	hooks := make([]hook, len(w.places))
	group, gctx := errgroup.WithContext(ctx)
	if !isKnown {
		group.Go(func() error { return s.readManifest(gctx, w) })
	}
	for i, place := range w.places {
		hooks[i] = hook{digest: s.digest, place: place}
		group.Go(func() error { return hooks[i].read(gctx, w) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i := range hooks {
		s.takeSuffixed(w, &hooks[i])
		if err := s.readEntries(ctx, w, &hooks[i]); err != nil {
			return err
		}
	}
	return nil
}

// readManifest looks for a child or an attachment that only its digest names, in every place.
func (s *sight) readManifest(ctx context.Context, w *walk) error {
	for _, place := range w.places {
		m, found, err := w.fetchFrom(ctx, place.Image, s.digest.String())
		if err != nil || found {
			s.manifest = m
			return err
		}
	}
	s.missing = true
	return nil
}

func (s *sight) takeSuffixed(w *walk, h *hook) {
	for i, a := range h.suffixed {
		switch {
		case a != nil:
			s.attachments = append(s.attachments, *a)
		case w.isMissing(h.tags[i].String()):
			s.warn("the folder %s holds no manifest", h.tags[i])
		}
	}
	s.api = s.api || h.supported
	s.warnings = append(s.warnings, h.warnings...)
	if h.index.Digest != "" {
		s.fallbacks = append(s.fallbacks, FallbackIndex{Subject: s.digest, Manifest: h.index, Home: h.place.Image})
	}
}

// readEntries reads every manifest that the referrers API or the fallback tag named and takes those that truly hang on the digest.
func (s *sight) readEntries(ctx context.Context, w *walk, h *hook) error {
	entries := entriesOf(h.listed, h.index.Content.Manifests)
	manifests := make([]*manifest.Manifest, len(entries))
	group, ctx := errgroup.WithContext(ctx)
	for i, e := range entries {
		group.Go(func() error {
			m, found, err := w.fetchFrom(ctx, h.place.Image, e.digest.String())
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
		if manifests[i] != nil || w.isMissing(e.digest.String()) {
			s.takeEntry(e, manifests[i], h.place.Image)
		}
	}
	return nil
}

func (s *sight) takeEntry(e entry, m *manifest.Manifest, home reference.Image) {
	switch {
	case m == nil:
		s.warn("%s is listed as attached to %s but is not there", e.digest, s.digest)
	case m.Content.Subject != nil && m.Content.Subject.Digest == s.digest, m.Content.Subject == nil && e.onlyFallback && !s.isChild(e.digest):
		a := Attachment{Subject: s.digest, Manifest: *m, Kind: kindOfManifest(*m), Storage: Referrer, Home: home}
		if e.onlyFallback {
			a.Storage, a.Tag = Fallback, reference.FallbackTag(s.digest)
		}
		s.attachments = append(s.attachments, a)
	default:
		s.warn("%s is listed as attached to %s but does not name it as its subject; it was passed over", e.digest, s.digest)
	}
}

func (s *sight) isChild(d digest.Digest) bool {
	for _, child := range s.manifest.Children() {
		if child == d {
			return true
		}
	}
	return false
}

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
