package prune

import (
	"slices"

	"github.com/opencontainers/go-digest"
)

// remaining is what a removal left in an image.
type remaining struct{ digests, subjects map[digest.Digest]bool }

func newRemaining() remaining {
	return remaining{digests: map[digest.Digest]bool{}, subjects: map[digest.Digest]bool{}}
}

func (r remaining) add(o Orphan) { r.digests[o.Digest], r.subjects[o.Subject] = true, true }

// needs reports whether something that is left is listed by an orphan, or attached to it. Without the orphan nothing
// might lead to that any more: an entry of a fallback tag need not name its subject.
func (r remaining) needs(o Orphan) bool {
	return r.subjects[o.Digest] || slices.ContainsFunc(o.Lists, func(d digest.Digest) bool { return r.digests[d] })
}
