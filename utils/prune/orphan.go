package prune

import (
	"cmp"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Orphan is an attachment whose subject is nowhere in the repository, or the fallback tag of such a subject.
type Orphan struct {
	Image reference.Image
	// Name is its folder: the suffix tag, the fallback tag, or the digest.
	Name    string
	Digest  digest.Digest
	Subject digest.Digest
	// Root is what is missing in the end: the subject, or if that is an orphan too, its root.
	Root digest.Digest
	// Lists are the manifests that it lists. It goes after those: nothing else may lead to them.
	Lists   []digest.Digest
	Storage attachment.Storage
	Kind    attachment.Kind
	Changed time.Time
	// KeepReason says why it stays nevertheless; empty for what may go.
	KeepReason string
	// Waits reports that it stays only until another run has seen it, see Notes. KeepReason says from when on it may go
	// then.
	Waits bool
	// Back reports that it stays since its subject is there, in this repository or another one.
	Back bool
	// Seen is when a run first saw it; zero if none has, or if nobody asked.
	Seen time.Time
}

// Folder returns its Artifactory path.
func (o Orphan) Folder() string { return o.Image.Folder(o.Name) }

// object is a folder with a manifest, as far as prune has to know it. The decision is made on objects alone, so that it
// can be tested without any server.
type object struct {
	image  reference.Image
	name   string
	digest digest.Digest
	// subject is what the object is attached to; empty for everything else.
	subject digest.Digest
	storage attachment.Storage
	kind    attachment.Kind
	// needs are the digests that it lists: children of an index, entries of a fallback tag.
	needs   []digest.Digest
	changed time.Time
	// part reports that only attachments list it; subject is one of those then.
	part bool
	// opaque objects could not be read: they may need anything in their image.
	opaque bool
}

// orphans returns the objects of one image that are attached to nothing which stays, sorted: an attachment stays if its
// subject is in another image of the repository, or in this one and stays, or if an object that stays lists it or its
// subject, or names it as its subject: what an index lists is a platform of an image that stays, be it there or not. An
// object that could not be read may list anything, and keeps everything. It is pure, and looks at one image at a time,
// so that shards find what a run over the whole repository does.
func orphans(objects []object, elsewhere func(digest.Digest) bool) []object {
	objects = withParts(objects)
	going := make([]bool, len(objects))
	for i, o := range objects {
		going[i] = o.part || o.subject != "" && !elsewhere(o.subject)
	}
	// What stays holds others; that goes on until nothing changes.
	for again := true; again; {
		again = false
		staying := stay(objects, going)
		for i, o := range objects {
			if going[i] && staying.holds(o) {
				going[i], again = false, true
			}
		}
	}
	var gone []object
	for i, o := range objects {
		if going[i] {
			gone = append(gone, o)
		}
	}
	return topologicalOrder(gone)
}

// withParts attaches what only attachments list, such as the children of an attached index and the entries of a
// fallback tag that name no subject, to one of those.
func withParts(objects []object) []object {
	objects = slices.Clone(objects)
	listers := map[digest.Digest][]int{}
	for i, o := range objects {
		for _, d := range o.needs {
			listers[d] = append(listers[d], i)
		}
	}
	// A part can have parts.
	for again := true; again; {
		again = false
		for i, o := range objects {
			own := func(lister int) bool { return objects[lister].subject == "" }
			if by := listers[o.digest]; o.mayBePart() && len(by) > 0 && !slices.ContainsFunc(by, own) {
				objects[i].subject, objects[i].part, again = objects[by[0]].digest, true, true
			}
		}
	}
	return objects
}

func (o object) mayBePart() bool {
	_, byDigest := reference.ParseDigestFolder(o.name)
	return byDigest && o.subject == ""
}

// held is what the staying objects hold.
type held struct {
	// digests are there; listed stand in an index that stays; needed are listed or named by something that stays.
	digests, listed, needed map[digest.Digest]bool
	opaque                  bool
}

func stay(objects []object, going []bool) held {
	h := held{digests: map[digest.Digest]bool{}, listed: map[digest.Digest]bool{}, needed: map[digest.Digest]bool{}}
	for i, o := range objects {
		if going[i] {
			continue
		}
		h.digests[o.digest] = true
		h.opaque = h.opaque || o.opaque
		for _, d := range o.needs {
			h.listed[d], h.needed[d] = true, true
		}
		if o.subject != "" && !o.part {
			h.needed[o.subject] = true
		}
	}
	return h
}

// holds reports whether an object has to stay with what stays. The digest of a tag can be needed too, since the tag may
// be its only place.
func (h held) holds(o object) bool {
	return h.opaque || h.digests[o.subject] || h.listed[o.subject] || h.needed[o.digest]
}

// topologicalOrder orders what goes so that everything comes before what it is attached to: only through that an
// interrupted run, started again, finds its way to the rest. What is listed comes before what lists it, since nothing
// else may lead to it. In a circle that counts for parts above all, which have no subject of their own.
func topologicalOrder(gone []object) []object {
	slices.SortFunc(gone, func(a, b object) int {
		return cmp.Or(compareBool(a.part, b.part),
			cmp.Compare(a.name, b.name))
	})
	t := orderer{
		objects: gone, attached: map[digest.Digest][]int{}, at: map[digest.Digest][]int{},
		seen: make([]bool, len(gone)),
	}
	for i, o := range gone {
		t.attached[o.subject] = append(t.attached[o.subject], i)
		t.at[o.digest] = append(t.at[o.digest], i)
	}
	for i := range gone {
		t.take(i)
	}
	return t.ordered
}

// orderer is what goes while it is being ordered: what is attached to a digest, and what has it.
type orderer struct {
	objects      []object
	attached, at map[digest.Digest][]int
	seen         []bool
	ordered      []object
}

func (t *orderer) take(i int) {
	if t.seen[i] {
		return
	}
	t.seen[i] = true
	o := t.objects[i]
	for _, a := range t.attached[o.digest] {
		t.take(a)
	}
	for _, d := range o.needs {
		for _, listed := range t.at[d] {
			t.take(listed)
		}
	}
	t.ordered = append(t.ordered, o)
}

// rootOf follows an orphan to the subject that is missing.
func rootOf(o object, gone []object) digest.Digest {
	by := make(map[digest.Digest]object, len(gone))
	for _, g := range gone {
		by[g.digest] = g
	}
	root := o.subject
	for range gone {
		next, chained := by[root]
		if !chained {
			break
		}
		root = next.subject
	}
	return root
}

// compareBool sorts what is not before what is.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
