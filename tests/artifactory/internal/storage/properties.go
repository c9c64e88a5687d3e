package storage

import (
	"maps"
	"slices"
)

// SetProperties replaces the values of the given keys and keeps the other keys (contract properties-set).
func (t *Tree) SetProperties(n *Node, properties map[string][]string, user string) {
	if len(properties) == 0 {
		return
	}
	merged := cloneProperties(n.Properties)
	if merged == nil {
		merged = map[string][]string{}
	}
	maps.Copy(merged, cloneProperties(properties))
	n.Properties = merged
	t.Touch(n, user)
}

// RemoveProperties deletes keys; keys that are not there are ignored.
func (t *Tree) RemoveProperties(n *Node, keys []string, user string) {
	kept := cloneProperties(n.Properties)
	maps.DeleteFunc(kept, func(k string, _ []string) bool { return slices.Contains(keys, k) })
	if len(kept) == len(n.Properties) {
		return
	}
	n.Properties = kept
	t.Touch(n, user)
}

// CopyInfo returns dst what the real mover carries (contract copy-carries-properties, copy-carries-dates): properties,
// dates and names, for files and folders. The referrers index is not told.
func (t *Tree) CopyInfo(dst, src *Node) {
	dst.Properties = cloneProperties(src.Properties)
	dst.Created, dst.Modified, dst.Updated = src.Created, src.Modified, src.Updated
	dst.CreatedBy, dst.ModifiedBy = src.CreatedBy, src.ModifiedBy
	dst.MediaType, dst.Original = src.MediaType, src.Original
	t.version++
}

func cloneProperties(in map[string][]string) map[string][]string {
	if in == nil {
		return nil
	}
	out := make(map[string][]string, len(in))
	for k, v := range in {
		out[k] = slices.Clone(v)
	}
	return out
}
