package attachment

import (
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

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

// attachment is the manifest of an entry that truly is attached to the digest of a hook.
func (e entry) attachment(m manifest.Manifest, h *hook) Attachment {
	a := Attachment{Subject: h.digest, Manifest: m, Kind: kindOfManifest(m), Storage: Referrer, Home: h.place.Image}
	if e.onlyFallback {
		a.Storage, a.Tag = Fallback, reference.FallbackTag(h.digest)
	}
	return a
}
