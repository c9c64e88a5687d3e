package manifest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Entry identifies one signature or attestation in the manifest behind a ".sig" or ".att" tag. Two signatures over one
// payload are two layers with the same digest that differ in their annotations only, so the digest alone is no key.
type Entry struct {
	MediaType   string
	Digest      digest.Digest
	Size        int64
	Annotations map[string]string
}

// Entries returns the layers of a manifest as entries, in order.
func (m Manifest) Entries() []Entry {
	entries := make([]Entry, 0, len(m.Content.Layers))
	for _, layer := range m.Content.Layers {
		entries = append(entries, entry(layer))
	}
	return entries
}

func entry(layer ocispec.Descriptor) Entry {
	return Entry{MediaType: layer.MediaType, Digest: layer.Digest, Size: layer.Size, Annotations: layer.Annotations}
}

// key is equal for equal entries, and only for those. Quoting keeps the parts apart.
func (e Entry) key() string {
	parts := fmt.Sprintf("%q %q %d", e.MediaType, e.Digest, e.Size)
	for _, name := range slices.Sorted(maps.Keys(e.Annotations)) {
		parts += fmt.Sprintf(" %q=%q", name, e.Annotations[name])
	}
	return parts
}

// Covers reports whether m holds every entry of o, as often as o does. Only manifests with nothing but layers are lists
// of entries; an index or an artifact manifest, whose content is elsewhere, neither covers nor is covered.
func (m Manifest) Covers(o Manifest) bool {
	if !m.IsList() || !o.IsList() {
		return false
	}
	return len(m.Lacking(o.Entries())) == 0
}

// IsList reports whether the manifest is a list of entries: layers and nothing else.
func (m Manifest) IsList() bool {
	return len(m.Content.Manifests) == 0 && len(m.Content.Blobs) == 0 && !m.IsIndex()
}

// Lacking returns the positions of those entries, of another record, that m has fewer of than they are there: what a
// merge has to append.
func (m Manifest) Lacking(entries []Entry) []int {
	// Counted by key: a manifest can hold so many entries that comparing each with each would not end.
	have := map[string]int{}
	for _, e := range m.Entries() {
		have[e.key()]++
	}
	var missing []int
	for i, e := range entries {
		key := e.key()
		if have[key]--; have[key] < 0 {
			missing = append(missing, i)
		}
	}
	return missing
}
