package image

import (
	"cmp"
	"slices"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// Tags returns the tag folders of an image, sorted by name. Suffix and fallback tags are tags like any other.
func Tags(image *storage.Node) []*storage.Node {
	return slices.DeleteFunc(Folders(image), func(n *storage.Node) bool { return layout.IsDigestFolder(n.Name) })
}

// Names returns the names of the images of a repository that have a tag, sorted.
func Names(root *storage.Node) []string {
	var out []string
	for n := range root.Walk() {
		if n.IsFolder() && n != root && len(Tags(n)) > 0 {
			out = append(out, n.Path())
		}
	}
	slices.Sort(out)
	return out
}

// Evict deletes the oldest tags of an image, each with all that is in its folder, until limit are left (contract
// eviction). spareAttachments leaves suffix and fallback tags alone and does not count them.
func Evict(t *storage.Tree, image *storage.Node, limit int, spareAttachments bool) {
	if limit <= 0 {
		return
	}
	tags := Tags(image)
	if spareAttachments {
		tags = slices.DeleteFunc(tags, func(n *storage.Node) bool { return layout.IsAttachmentTag(n.Name) })
	}
	slices.SortStableFunc(tags, func(a, b *storage.Node) int {
		return cmp.Or(ManifestIn(a).Created.Compare(ManifestIn(b).Created), cmp.Compare(ManifestIn(a).Tick,
			ManifestIn(b).Tick))
	})
	for _, n := range tags[:max(0, len(tags)-limit)] {
		t.Remove(n)
	}
}
