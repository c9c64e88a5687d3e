package manifest

import (
	"maps"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Entry identifies one signature or attestation in the manifest behind a ".sig" or ".att" tag. Two signatures over one payload
// are two layers with the same digest that differ in their annotations only, so the digest alone is no key.
type Entry struct {
	MediaType   string
	Digest      digest.Digest
	Size        int64
	Annotations map[string]string
}

// Entries gives the layers of a manifest as entries, in order.
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

func (e Entry) equal(o Entry) bool {
	return e.MediaType == o.MediaType && e.Digest == o.Digest && e.Size == o.Size && maps.Equal(e.Annotations, o.Annotations)
}

// Covers tells whether m holds every entry of o, as often as o does. Only manifests with nothing but layers are lists of entries; an
// index or an artifact manifest, whose content is elsewhere, neither covers nor is covered.
func (m Manifest) Covers(o Manifest) bool {
	if !m.isList() || !o.isList() {
		return false
	}
	mine, theirs := m.Entries(), o.Entries()
	for _, e := range theirs {
		if count(mine, e) < count(theirs, e) {
			return false
		}
	}
	return true
}

func (m Manifest) isList() bool {
	return len(m.Content.Manifests) == 0 && len(m.Content.Blobs) == 0 && !m.IsIndex()
}

func count(entries []Entry, e Entry) int {
	n := 0
	for _, other := range entries {
		if other.equal(e) {
			n++
		}
	}
	return n
}

// Lacking gives the positions of those entries, of another record, that m has fewer of than they are there: what a merge has to
// append.
func (m Manifest) Lacking(entries []Entry) []int {
	mine := m.Entries()
	var missing []int
	for i, e := range entries {
		if count(entries[:i+1], e) > count(mine, e) {
			missing = append(missing, i)
		}
	}
	return missing
}
