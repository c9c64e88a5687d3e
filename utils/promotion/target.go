package promotion

import (
	"context"
	"errors"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// reading collects what has to be read of a target, and takes the answers.
type reading struct {
	*Promoter
	*survey
	request plan.Request
	calls   []func() error
	mu      sync.Mutex
}

// records asks for the target's manifests behind the graph's suffix tags and fallback tags, and for the fallback tags
// of what has a .sig at the source: a bundle that is listed there hides it.
func (s *reading) records(ctx context.Context, r plan.Request) {
	asked := map[string]bool{}
	ask := func(target reference.Image, tag string, subject digest.Digest) {
		folder := target.Folder(tag)
		if asked[folder] || !s.pair.targetListing(target).Has(tag) {
			return
		}
		asked[folder] = true
		s.calls = append(s.calls, func() error { return s.record(ctx, target, tag, subject) })
	}
	for _, a := range s.graph.Attachments {
		target, carried := r.Home(a.Home)
		if !carried {
			continue
		}
		if a.Storage == attachment.SuffixTag {
			ask(target, a.Tag, "")
		}
		if a.Storage != attachment.SuffixTag || a.Kind == attachment.KindSignature {
			ask(target, reference.FallbackTag(a.Subject), a.Subject)
		}
	}
}

// own takes what the image itself has, where it is source and target at once: what other places have is joined with
// that.
func (s *reading) own() {
	for _, a := range s.graph.Stored(attachment.SuffixTag) {
		if a.Home == s.pair.Target {
			s.target.Records[a.Folder()] = a.Manifest
		}
	}
	for _, f := range s.graph.Fallbacks {
		if f.Home == s.pair.Target {
			s.target.Records[f.Home.Folder(f.Tag())] = f.Manifest
		}
	}
}

// staging asks for what an earlier run has left behind the staging tag. One in whose folder attachments live is there
// for good.
func (s *reading) staging(ctx context.Context, r plan.Request) {
	image, tag := r.Target.Image, reference.StagingTag(r.Target.Tag)
	if !s.pair.To.Has(tag) {
		return
	}
	s.calls = append(s.calls, func() error {
		inside, err := s.Catalog.Folders(ctx, image.Folder(tag))
		if err == nil && keepsAttachments(inside, s.graph) {
			return nil
		}
		if err == nil || errors.Is(err, failure.ErrNotFound) {
			s.target.Staged, err = s.SureDigestOf(ctx, failure.Target, image, tag)
		}
		return err
	})
}

// layers asks, when another image is to be replaced, whether the server does that without a loss for other tags. A
// pinned promotion replaces nothing by promoting.
func (s *reading) layers(ctx context.Context, r plan.Request) {
	if r.Pin || s.target.Tagged == "" || s.target.Tagged == s.graph.Root {
		return
	}
	s.calls = append(s.calls, func() error {
		kept, err := s.Catalog.KeepsSharedLayers(ctx)
		s.target.LayersAtRisk = !kept
		return err
	})
}

// unhidden makes sure that the folders of the targets mean something: a folder may leave out what the user may not
// read. Where it shows tags, but none of those by which attachments are found, one of these is read, which a server
// refuses that does not hide.
func (s *reading) unhidden(ctx context.Context, r plan.Request) {
	asked := map[reference.Image]bool{}
	for _, a := range s.graph.Attachments {
		target, carried := r.Home(a.Home)
		listing := s.pair.targetListing(target)
		if !carried || asked[target] || len(listing.Names) == 0 || listing.ShowsAttachments() {
			continue
		}
		asked[target] = true
		s.calls = append(s.calls, func() error {
			_, err := s.Registry.Resolve(ctx, target, reference.FallbackTag(a.Subject))
			if errors.Is(err, failure.ErrNotFound) {
				return nil
			}
			return err
		})
	}
}

// folders takes what the target's folders show by themselves: what they hold of the source's referrers, and their own
// .sig.
func (s *reading) folders(r plan.Request) {
	for _, a := range s.graph.Stored(attachment.Referrer, attachment.Fallback) {
		if target, carried := r.Home(a.Home); carried && s.pair.targetListing(target).Has(a.Name()) {
			s.target.Held[target.Folder(a.Name())] = true
		}
	}
	for _, d := range s.graph.ImageDigests() {
		for _, tag := range s.pair.To.SuffixTags(d) {
			if tag.Suffix == "sig" && (tag.Prefix == "" || tag.Prefix == r.Prefix) {
				s.target.Sigs[d] = true
			}
		}
	}
}

// record reads one of them; subject is that of a fallback tag.
func (s *reading) record(ctx context.Context, target reference.Image, tag string, subject digest.Digest) error {
	m, err := s.ShownManifest(ctx, failure.Target, target, tag)
	if errors.Is(err, failure.ErrNotFound) {
		// The folder is there but holds no manifest: a copy that was cut off.
		m, err = manifest.Manifest{}, nil
	}
	if err != nil {
		return err
	}
	byDigest := m.Digest != "" && s.heldByDigest(ctx, target, m.Digest)
	isLeftover := subject != "" && m.Digest != "" && !attachment.IsFallbackIndex(m, subject)
	s.mu.Lock()
	if isLeftover {
		s.target.Leftovers[target.Folder(tag)] = true
	} else {
		s.target.Records[target.Folder(tag)] = m
		s.target.ByTagAlone[target.Folder(tag)] = !byDigest
	}
	s.mu.Unlock()
	if subject == "" || isLeftover {
		return nil
	}
	return s.bundles(ctx, target, subject, m.Content.Manifests)
}

// heldByDigest reports whether the folder of a digest shows its manifest. One that is there can hold blobs alone, as a
// run leaves it that was cut off. A list that cannot be read shows nothing.
func (s *reading) heldByDigest(ctx context.Context, target reference.Image, d digest.Digest) bool {
	name := reference.DigestFolder(d)
	if !s.pair.targetListing(target).Has(name) {
		return false
	}
	contents, err := s.Catalog.FileList(ctx, target.String())
	if err != nil {
		return false
	}
	shown, _ := contents.Shown(name)
	return shown == d
}

// referrers asks for the target's lists of referrers: of the image, where a bundle would hide a .sig, and of everything
// that has referrers at the source. An image without a single manifest by digest has none.
func (s *reading) referrers(ctx context.Context, r plan.Request) {
	asked := map[string]bool{}
	ask := func(target reference.Image, subject digest.Digest) {
		key := target.String() + subject.String()
		if asked[key] || !s.pair.targetListing(target).ShowsDigests() {
			return
		}
		asked[key] = true
		s.calls = append(s.calls, func() error { return s.list(ctx, target, subject) })
	}
	for _, d := range s.graph.ImageDigests() {
		if len(s.graph.Of(d)) > 0 {
			ask(s.pair.Target, d)
		}
	}
	for _, a := range s.graph.Attachments {
		if target, carried := r.Home(a.Home); carried && a.Storage != attachment.SuffixTag {
			ask(target, a.Subject)
		}
	}
}

// list takes what a target lists for a subject.
func (s *reading) list(ctx context.Context, target reference.Image, subject digest.Digest) error {
	entries, supported, err := s.Registry.Referrers(ctx, target, subject)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.target.NoAPI = s.target.NoAPI || !supported && target.Repo == s.pair.Target.Repo
	for _, entry := range entries {
		s.target.Listed[target.Folder(reference.DigestFolder(entry.Digest))] = true
	}
	s.mu.Unlock()
	return s.bundles(ctx, target, subject, entries)
}

// bundles notes whether a bundle is among what is listed for a subject. Where an entry names only the type of a config,
// as cosign 2 writes it for bundles, the manifest tells.
func (s *reading) bundles(ctx context.Context, target reference.Image, subject digest.Digest,
	entries []ocispec.Descriptor,
) error {
	for _, entry := range entries {
		found := attachment.IsBundleType(entry.ArtifactType)
		if !found && isConfigType(entry.ArtifactType) {
			m, err := s.ShownManifest(ctx, failure.Target, target, entry.Digest.String())
			if err != nil && !errors.Is(err, failure.ErrNotFound) {
				return err
			}
			found = attachment.IsBundle(m)
		}
		if found {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.target.Bundles[subject] = true
			return nil
		}
	}
	return nil
}

func isConfigType(t string) bool {
	return t == "" || t == ocispec.MediaTypeEmptyJSON || t == ocispec.MediaTypeImageConfig
}
