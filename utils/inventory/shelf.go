package inventory

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// folder is a tag or digest folder that holds a manifest.
type folder struct {
	digest digest.Digest
	// list tells that it holds an index.
	list    bool
	changed time.Time
}

// condition tells what an attachment is worth.
type condition string

// The conditions. Only what is sound counts.
const (
	sound condition = ""
	// dangling is named by something, but is not there, or lacks its blobs.
	dangling condition = "dangling"
	// unread cannot be read, so that nothing is known of it.
	unread condition = "unreadable"
	// unlisted names a subject, but the registry lists it nowhere: no verifier finds it.
	unlisted condition = "unlisted"
)

// hanging is one attachment on a shelf.
type hanging struct {
	// name is its folder: the suffix tag, or the digest.
	name    string
	digest  digest.Digest
	storage attachment.Storage
	kind    attachment.Kind
	// signature tells whether it signs its subject.
	signature bool
	condition condition
	// why explains a condition that is not sound.
	why string
}

// shelf is the folder of an image: what a search found in it, and what was read of that.
type shelf struct {
	image   reference.Image
	folders map[string]folder

	mu sync.Mutex
	// hooks holds what hangs on each subject, by a key that keeps one attachment from being there twice.
	hooks map[digest.Digest][]hanging
	// listed holds the subjects whose referrers were asked for, supported whether there is such an API.
	listed    map[digest.Digest]bool
	supported bool
	// untagged counts manifests by digest that nothing explains and that hang on nothing.
	untagged []digest.Digest
	problems []string
}

func newShelf(image reference.Image) *shelf {
	return &shelf{
		image: image, folders: map[string]folder{}, supported: true,
		hooks: map[digest.Digest][]hanging{}, listed: map[digest.Digest]bool{},
	}
}

// put takes a manifest file. Where a folder holds both files, the index is what a pull gets (facts: tags in local repositories).
func (s *shelf) put(f manifest.Stored) {
	old, there := s.folders[f.Folder]
	if there && old.list && !f.IsList() {
		return
	}
	s.folders[strings.Clone(f.Folder)] = folder{digest: f.Digest, list: f.IsList(), changed: f.Changed}
}

// hang adds an attachment, or takes over what is known better of one that is there.
func (s *shelf) hang(subject digest.Digest, h hanging) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, old := range s.hooks[subject] {
		if old.name == h.name {
			if old.condition == unlisted {
				s.hooks[subject][i] = h
			}
			return
		}
	}
	s.hooks[subject] = append(s.hooks[subject], h)
}

// mark notes what is wrong with an attachment.
func (s *shelf) mark(subject digest.Digest, name string, c condition, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.hooks[subject] {
		if h := &s.hooks[subject][i]; h.name == name {
			h.condition, h.why = c, why
		}
	}
}

// on gives what hangs on a subject.
func (s *shelf) on(subject digest.Digest) []hanging {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hooks[subject])
}

// isSigned tells whether something sound on the shelf signs the subject. prefix is that of the user's verifiers.
func (s *shelf) isSigned(subject digest.Digest, prefix string) bool {
	return slices.ContainsFunc(s.on(subject), func(h hanging) bool { return h.condition == sound && h.signs(prefix) })
}

// signs tells whether an attachment counts as a signature, whatever its condition.
func (h hanging) signs(prefix string) bool {
	if h.storage != attachment.SuffixTag {
		return h.signature
	}
	t, ok := reference.ParseSuffixTag(h.name)
	return ok && h.signature && (t.Prefix == "" || t.Prefix == prefix)
}

func (s *shelf) problem(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, text)
}

// roots gives the tags that can be images, sorted.
func (s *shelf) roots() []string {
	var tags []string
	for name := range s.folders {
		if reference.IsImageTag(name) {
			tags = append(tags, name)
		}
	}
	slices.Sort(tags)
	return tags
}
