package attachment

import (
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// attachedLate reports what of the graph a folder that stays was attached to since the graph was read: a folder of the
// graph that was written again, or one that was not there then. What was there and is no part of the graph, such as the
// image that `cosign copy` leaves under a fallback tag, is not late.
func (r *reachability) attachedLate(name string, m manifest.Manifest) (subject digest.Digest, late bool) {
	_, isOwn := r.own[name]
	if !isOwn && r.graph.Folders.Has(name) {
		return "", false
	}
	subject, attached := r.subjectOf(name, m)
	_, there := r.graph.Nodes[subject]
	return subject, attached && there && m.Digest != subject
}

// subjectOf reports what of the graph a manifest is attached to, by the name of its folder or by its subject field.
func (r *reachability) subjectOf(name string, m manifest.Manifest) (digest.Digest, bool) {
	if t, ok := reference.ParseSuffixTag(name); ok {
		return t.Subject, true
	}
	if reference.IsFallbackTag(name) {
		for d := range r.graph.Nodes {
			if reference.FallbackTag(d) == name {
				return d, true
			}
		}
	}
	if m.Content.Subject == nil {
		return "", false
	}
	return m.Content.Subject.Digest, true
}

// reasons names, for everything in the graph that something needs, the folders that stay and need it: directly, as a
// child or a subject, or because it is attached to such a one.
func (r *reachability) reasons() map[digest.Digest][]string {
	attached := r.attachedTo()
	by := map[digest.Digest][]string{}
	for _, folder := range slices.Sorted(maps.Keys(r.folders)) {
		reached := map[digest.Digest]bool{}
		next := slices.Clone(r.folders[folder])
		for len(next) > 0 {
			d := next[0]
			next = next[1:]
			if reached[d] {
				continue
			}
			reached[d] = true
			m, inGraph := r.graph.Nodes[d]
			if inGraph {
				by[d] = append(by[d], folder)
			} else {
				m = r.known[d]
			}
			next = append(next, m.Children()...)
			if m.Content.Subject != nil {
				next = append(next, m.Content.Subject.Digest)
			}
			next = append(next, attached[d]...)
		}
	}
	return by
}

// attachedTo returns what of the graph is attached to each digest, in whatever way.
func (r *reachability) attachedTo() map[digest.Digest][]digest.Digest {
	attached := map[digest.Digest][]digest.Digest{}
	for _, a := range r.graph.Attachments {
		attached[a.Subject] = append(attached[a.Subject], a.Manifest.Digest)
	}
	for d, m := range r.graph.Nodes {
		if m.Content.Subject != nil {
			attached[m.Content.Subject.Digest] = append(attached[m.Content.Subject.Digest], d)
		}
	}
	return attached
}
