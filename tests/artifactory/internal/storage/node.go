package storage

import (
	"iter"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Node is a file or a folder of a repository. It is only valid inside the Update or View that handed it out.
type Node struct {
	// Name is the last segment of the path; for a repository's root it is the repository key.
	Name string
	// Binary is the content; nil for a folder.
	Binary *Binary
	// Original holds the checksums that the uploader sent, if any.
	Original Checksums
	// MediaType of a manifest, as it was pushed; otherwise empty.
	MediaType string
	// Properties by key; the order of values is kept.
	Properties map[string][]string

	Created, Modified, Updated time.Time
	CreatedBy, ModifiedBy      string

	// Indexed says that the registry has put this manifest into the referrers index of its subject.
	// It belongs to the file and is not carried by a copy.
	Indexed bool
	// Tick is the tree's clock (in requests) when the file came to be; see Tree.Tick.
	Tick int64

	parent   *Node
	children map[string]*Node
}

// IsFolder tells folders (and roots) from files.
func (n *Node) IsFolder() bool { return n.Binary == nil }

// Parent is the folder that holds n; nil for a root.
func (n *Node) Parent() *Node { return n.parent }

// Repo is the key of the repository that n is in.
func (n *Node) Repo() string {
	for n.parent != nil {
		n = n.parent
	}
	return n.Name
}

// Path is the path below the repository, without a leading slash; empty for the root.
func (n *Node) Path() string {
	if n.parent == nil {
		return ""
	}
	return path.Join(n.parent.Path(), n.Name)
}

// Depth is the number of path segments.
func (n *Node) Depth() int {
	if n.parent == nil {
		return 0
	}
	return n.parent.Depth() + 1
}

// Child returns the direct child of that name, or nil.
func (n *Node) Child(name string) *Node { return n.children[name] }

// Children yields the direct children sorted by name. The folder may be changed meanwhile.
func (n *Node) Children() []*Node {
	out := make([]*Node, 0, len(n.children))
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		out = append(out, n.children[name])
	}
	return out
}

// Walk yields n and everything below it, parents first, siblings sorted by name.
func (n *Node) Walk() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.walk(yield) }
}

func (n *Node) walk(yield func(*Node) bool) bool {
	if !yield(n) {
		return false
	}
	for _, c := range n.Children() {
		if !c.walk(yield) {
			return false
		}
	}
	return true
}

// Files yields the files at or below n, sorted by path.
func (n *Node) Files() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		n.walk(func(c *Node) bool { return c.IsFolder() || yield(c) })
	}
}

// lookup follows p, which is clean and relative, down from n.
func (n *Node) lookup(p string) *Node {
	for segment := range strings.SplitSeq(p, "/") {
		if segment == "" {
			continue
		}
		if n = n.children[segment]; n == nil {
			return nil
		}
	}
	return n
}
