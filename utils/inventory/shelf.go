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
	// list reports that it holds an index; config, that the search showed a small file beside the manifest.
	list, config bool
	changed      time.Time
	// size is that of the manifest, in bytes.
	size int64
}

// condition reports what an attachment is worth.
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
	// signature reports whether it signs its subject.
	signature bool
	condition condition
	// why explains a condition that is not sound.
	why string
	// none reports that a tag which verifiers look for a signature under holds none.
	none bool
}

// shelf is the folder of an image: what a search found in it, and what was read of that.
type shelf struct {
	image   reference.Image
	folders map[string]folder
	// asked holds the digests of which prune read the manifest, or tried to.
	asked map[digest.Digest]bool
	// nested are the folders in folders of the same name, see nest.
	nested []nested

	mu sync.Mutex
	// hooks holds what is attached to each subject, by a key that keeps one attachment from being there twice.
	hooks map[digest.Digest][]hanging
	// listed holds the subjects whose referrers were asked for, supported whether there is such an API.
	listed    map[digest.Digest]bool
	supported bool
	// images holds the tags that look like attachments and are images.
	images map[string]bool
	// untagged counts manifests by digest that nothing explains and that are attached to nothing.
	untagged []digest.Digest
	problems []string
	// opaque holds the folders of which it could not be told what they hold, with the reason.
	opaque map[string]string
	// torn holds what was found of folders of images that lack files, by folder.
	torn map[string]Finding
}

func newShelf(image reference.Image) *shelf {
	return &shelf{
		image: image, folders: map[string]folder{}, asked: map[digest.Digest]bool{}, supported: true, images: map[string]bool{},
		hooks: map[digest.Digest][]hanging{}, listed: map[digest.Digest]bool{},
		torn: map[string]Finding{}, opaque: map[string]string{},
	}
}

// put takes a manifest file. Where a folder holds both files, the index is what a pull gets (facts: tags in local
// repositories).
func (s *shelf) put(f manifest.Stored) {
	old, there := s.folders[f.Folder]
	if there && old.list && !f.IsList() {
		return
	}
	s.folders[strings.Clone(f.Folder)] = folder{digest: f.Digest, list: f.IsList(), changed: f.Changed, size: f.Size}
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

// listDoubtful reports that what lists the attachments of a subject could not be read: what it seems to leave out may
// be listed all the same.
func (s *shelf) listDoubtful(subject digest.Digest) (why string, doubtful bool) {
	for _, h := range s.on(subject) {
		isList := h.name == referrersList || reference.IsFallbackTag(h.name)
		if isList && h.condition == unread {
			return h.why, true
		}
	}
	return "", false
}

// referrersList is the name by which the list of referrers itself is attached to a subject when it cannot be read.
const referrersList = "referrers"

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

// on returns what is attached to a subject.
func (s *shelf) on(subject digest.Digest) []hanging {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hooks[subject])
}

// isSigned reports whether something sound on the shelf signs the subject. prefix is that of the user's verifiers.
func (s *shelf) isSigned(subject digest.Digest, prefix string) bool {
	return slices.ContainsFunc(s.on(subject), func(h hanging) bool { return h.condition == sound && h.signs(prefix) })
}

// signs reports whether an attachment counts as a signature, whatever its condition.
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
	if !slices.Contains(s.problems, text) {
		s.problems = append(s.problems, text)
	}
}

// isImage notes a tag that looks like an attachment and is an image.
func (s *shelf) isImage(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.images[name] = true
}

// roots returns the tags that are images, sorted.
func (s *shelf) roots() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var tags []string
	for name := range s.folders {
		if reference.IsImageTag(name) || s.images[name] {
			tags = append(tags, name)
		}
	}
	slices.Sort(tags)
	return tags
}
