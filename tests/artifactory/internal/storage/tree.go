package storage

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Errors of changes that the layout of the tree forbids.
var (
	// ErrUnknownRepo means that there is no repository with that key.
	ErrUnknownRepo = errors.New("repository does not exist")
	// ErrNotAFolder means that a path leads through a file, or a folder was to be made where a file is.
	ErrNotAFolder = errors.New("a file is in the way")
	// ErrNotAFile means that a file was to be written where a folder is.
	ErrNotAFile = errors.New("a folder is in the way")
)

// Tree is the content of all repositories. It has no lock of its own: it is reached through a Store.
type Tree struct {
	roots   map[string]*Node
	files   filestore
	bySHA   map[string]map[*Node]struct{}
	version uint64
	now     func() time.Time
	tick    int64
}

func newTree(now func() time.Time) *Tree {
	return &Tree{
		roots: map[string]*Node{},
		files: newFilestore(),
		bySHA: map[string]map[*Node]struct{}{},
		now:   now,
	}
}

// AddRepo makes an empty repository, unless it is there.
func (t *Tree) AddRepo(key string) {
	if t.roots[key] == nil {
		t.roots[key] = t.newNode(key, "")
	}
}

// RemoveRepo removes a repository with everything in it.
func (t *Tree) RemoveRepo(key string) {
	if root := t.roots[key]; root != nil {
		t.Remove(root)
		delete(t.roots, key)
		t.version++
	}
}

// Lookup returns what is at path (empty: the root), or nil if the repository or the path does not exist.
func (t *Tree) Lookup(repo, p string) *Node {
	root := t.roots[repo]
	if root == nil {
		return nil
	}
	return root.lookup(p)
}

// Root returns the root of a repository, or nil.
func (t *Tree) Root(repo string) *Node { return t.roots[repo] }

// Tick is the tree's clock: the number of requests that the server had seen when the current change began.
func (t *Tree) Tick() int64 { return t.tick }

// Binary finds content in the filestore, whether or not a file still has it; nil if it is unknown.
func (t *Tree) Binary(sha256 string) *Binary { return t.files.bySHA256[sha256] }

// BinaryBySHA1 is Binary by the older checksum.
func (t *Tree) BinaryBySHA1(sha1 string) *Binary { return t.files.bySHA1[sha1] }

// WithSHA256 returns every file that has the content, sorted by repository and path.
func (t *Tree) WithSHA256(sha256 string) []*Node {
	set := t.bySHA[sha256]
	out := make([]*Node, 0, len(set))
	// Where a node is takes a walk to the root: once for each, not for each comparison.
	places := make(map[*Node]string, len(set))
	for n := range set {
		out = append(out, n)
		places[n] = n.Repo() + "\x00" + n.Path()
	}
	slices.SortFunc(out, func(a, b *Node) int { return cmp.Compare(places[a], places[b]) })
	return out
}

// PutFile writes content at a path as user and returns the new file; parents are made. What was there
// is deleted and made again, so it starts without properties, as an upload does at the real server.
func (t *Tree) PutFile(repo, p string, content *Binary, user string) (*Node, error) {
	folder, err := t.MakeFolder(repo, parent(p), user)
	if err != nil {
		return nil, err
	}
	name := path.Base(p)
	if old := folder.children[name]; old != nil {
		if old.IsFolder() {
			return nil, fmt.Errorf("%s/%s: %w", repo, p, ErrNotAFile)
		}
		t.Remove(old)
	}
	n := t.newNode(name, user)
	n.Binary = t.files.add(content)
	t.attach(folder, n)
	return n, nil
}

// MakeFolder makes the folder and its parents, as far as they are missing, and returns it.
func (t *Tree) MakeFolder(repo, p, user string) (*Node, error) {
	n := t.roots[repo]
	if n == nil {
		return nil, fmt.Errorf("%s: %w", repo, ErrUnknownRepo)
	}
	for segment := range strings.SplitSeq(p, "/") {
		if segment == "" {
			continue
		}
		next := n.children[segment]
		if next == nil {
			next = t.newNode(segment, user)
			t.attach(n, next)
		}
		if !next.IsFolder() {
			return nil, fmt.Errorf("%s/%s: %w", repo, next.Path(), ErrNotAFolder)
		}
		n = next
	}
	return n, nil
}

// Remove deletes a file, or a folder with everything below it. A root is emptied instead.
func (t *Tree) Remove(n *Node) {
	for _, c := range n.Children() {
		t.Remove(c)
	}
	if n.parent == nil {
		return
	}
	if n.Binary != nil {
		delete(t.bySHA[n.Binary.SHA256], n)
	}
	delete(n.parent.children, n.Name)
	t.version++
}

// Touch records that a property or another attribute of n has changed.
func (t *Tree) Touch(n *Node, user string) {
	n.Modified, n.Updated, n.ModifiedBy = t.now(), t.now(), user
	t.version++
}

func (t *Tree) newNode(name, user string) *Node {
	now := t.now()
	return &Node{
		Name: name, Created: now, Modified: now, Updated: now, CreatedBy: user, ModifiedBy: user,
		Tick: t.tick, children: map[string]*Node{},
	}
}

func (t *Tree) attach(folder, n *Node) {
	n.parent = folder
	folder.children[n.Name] = n
	if n.Binary != nil {
		if t.bySHA[n.Binary.SHA256] == nil {
			t.bySHA[n.Binary.SHA256] = map[*Node]struct{}{}
		}
		t.bySHA[n.Binary.SHA256][n] = struct{}{}
	}
	t.version++
}

// parent is path.Dir without its "." for the root.
func parent(p string) string {
	if dir := path.Dir(p); dir != "." {
		return dir
	}
	return ""
}

// Repos returns the keys of all repositories, sorted.
func (t *Tree) Repos() []string { return slices.Sorted(maps.Keys(t.roots)) }
