package inventory

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Folder is a tag or digest folder that holds a manifest.
type Folder struct {
	Digest digest.Digest
	// List reports that it holds an index; Config, that the search showed a small file beside the manifest.
	List, Config bool
	Changed      time.Time
	// Size is that of the manifest, in bytes.
	Size int64
}

// Condition reports what an attachment is worth.
type Condition string

// The conditions. Only what is sound counts.
const (
	Sound Condition = ""
	// Dangling is named by something, but is not there, or lacks its blobs.
	Dangling Condition = "dangling"
	// Doubtful cannot be read, so that nothing is known of it.
	Doubtful Condition = "unreadable"
	// Unlisted names a subject, but the registry lists it nowhere: no verifier finds it.
	Unlisted Condition = "unlisted"
)

// Attached is one attachment in an image.
type Attached struct {
	// Name is its folder: the suffix tag, or the digest.
	Name    string
	Digest  digest.Digest
	Storage attachment.Storage
	Kind    attachment.Kind
	// Signature reports whether it signs its subject.
	Signature bool
	Condition Condition
	// Why explains a condition that is not sound.
	Why string
	// None reports that a tag which verifiers look for a signature under holds none.
	None bool
}

// ImageIndex is the folder of an image: what a search found in it, and what was read of that.
type ImageIndex struct {
	Image   reference.Image
	Folders map[string]Folder
	// Asked holds the digests of which prune read the manifest, or tried to.
	Asked map[digest.Digest]bool
	// Nested are the folders in folders of the same name, see FindNested.
	Nested []NestedFolder

	mu sync.Mutex
	// bySubject holds what is attached to each subject, by a key that keeps one attachment from being there twice.
	bySubject map[digest.Digest][]Attached
	// listed holds the subjects whose referrers were asked for, supported whether there is such an API.
	listed    map[digest.Digest]bool
	supported bool
	// imageTags holds the tags that look like attachments and are images.
	imageTags map[string]bool
	// Untagged counts manifests by digest that nothing explains and that are attached to nothing.
	Untagged []digest.Digest
	Problems []string
	// Opaque holds the folders of which it could not be told what they hold, with the reason.
	Opaque map[string]string
}

func newImageIndex(image reference.Image) *ImageIndex {
	return &ImageIndex{
		Image: image, Folders: map[string]Folder{}, Asked: map[digest.Digest]bool{}, supported: true, imageTags: map[string]bool{},
		bySubject: map[digest.Digest][]Attached{}, listed: map[digest.Digest]bool{},
		Opaque: map[string]string{},
	}
}

// Put takes a manifest file. Where a folder holds both files, the index is what a pull gets (contract
// layout-both-files).
func (index *ImageIndex) Put(f manifest.Stored) {
	old, there := index.Folders[f.Folder]
	if there && old.List && !f.IsList() {
		return
	}
	index.Folders[strings.Clone(f.Folder)] = Folder{Digest: f.Digest, List: f.IsList(), Changed: f.Changed, Size: f.Size}
}

// add adds an attachment, or takes over what is known better of one that is there.
func (index *ImageIndex) add(subject digest.Digest, h Attached) {
	index.mu.Lock()
	defer index.mu.Unlock()
	for i, old := range index.bySubject[subject] {
		if old.Name == h.Name {
			if old.Condition == Unlisted {
				index.bySubject[subject][i] = h
			}
			return
		}
	}
	index.bySubject[subject] = append(index.bySubject[subject], h)
}

// listDoubtful reports that what lists the attachments of a subject could not be read: what it seems to leave out may
// be listed all the same.
func (index *ImageIndex) listDoubtful(subject digest.Digest) (why string, doubtful bool) {
	for _, h := range index.AttachedTo(subject) {
		isList := h.Name == referrersList || reference.IsFallbackTag(h.Name)
		if isList && h.Condition == Doubtful {
			return h.Why, true
		}
	}
	return "", false
}

// referrersList is the name by which the list of referrers itself is attached to a subject when it cannot be read.
const referrersList = "referrers"

// mark notes what is wrong with an attachment.
func (index *ImageIndex) mark(subject digest.Digest, name string, c Condition, why string) {
	index.mu.Lock()
	defer index.mu.Unlock()
	for i := range index.bySubject[subject] {
		if h := &index.bySubject[subject][i]; h.Name == name {
			h.Condition, h.Why = c, why
		}
	}
}

// AttachedTo returns what is attached to a subject.
func (index *ImageIndex) AttachedTo(subject digest.Digest) []Attached {
	index.mu.Lock()
	defer index.mu.Unlock()
	return slices.Clone(index.bySubject[subject])
}

// IsSigned reports whether something sound in the image signs the subject. prefix is that of the user's verifiers.
func (index *ImageIndex) IsSigned(subject digest.Digest, prefix string) bool {
	return slices.ContainsFunc(index.AttachedTo(subject), func(h Attached) bool { return h.Condition == Sound && h.Signs(prefix) })
}

// Signs reports whether an attachment counts as a signature, whatever its condition.
func (h Attached) Signs(prefix string) bool {
	if h.Storage != attachment.SuffixTag {
		return h.Signature
	}
	t, ok := reference.ParseSuffixTag(h.Name)
	return ok && h.Signature && (t.Prefix == "" || t.Prefix == prefix)
}

// AddProblem notes what could not be read, once.
func (index *ImageIndex) AddProblem(text string) {
	index.mu.Lock()
	defer index.mu.Unlock()
	if !slices.Contains(index.Problems, text) {
		index.Problems = append(index.Problems, text)
	}
}

// markImage notes a tag that looks like an attachment and is an image.
func (index *ImageIndex) markImage(name string) {
	index.mu.Lock()
	defer index.mu.Unlock()
	index.imageTags[name] = true
}

// Roots returns the tags that are images, sorted.
func (index *ImageIndex) Roots() []string {
	index.mu.Lock()
	defer index.mu.Unlock()
	var tags []string
	for name := range index.Folders {
		if reference.IsImageTag(name) || index.imageTags[name] {
			tags = append(tags, name)
		}
	}
	slices.Sort(tags)
	return tags
}

// Digests returns every digest that the image holds.
func (index *ImageIndex) Digests() map[digest.Digest]bool {
	all := make(map[digest.Digest]bool, len(index.Folders))
	for _, f := range index.Folders {
		all[f.Digest] = true
	}
	return all
}

// Has reports whether the image has an attachment too: a record behind the same tag, whatever its entries, or the same
// manifest.
func (index *ImageIndex) Has(subject digest.Digest, h Attached) bool {
	return slices.ContainsFunc(index.AttachedTo(subject), func(own Attached) bool {
		return own.Name == h.Name &&
			own.Condition == Sound
	})
}

// AddUnsound adds the names of attachments that are there, with whether something is wrong with them.
func (index *ImageIndex) AddUnsound(names map[string]bool) {
	index.mu.Lock()
	defer index.mu.Unlock()
	for _, attached := range index.bySubject {
		for _, h := range attached {
			names[h.Name] = names[h.Name] || h.Condition != Sound
		}
	}
}

// Subjects returns the digests that something is attached to.
func (index *ImageIndex) Subjects() iter.Seq[digest.Digest] { return maps.Keys(index.bySubject) }
