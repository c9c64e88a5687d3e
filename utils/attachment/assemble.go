package attachment

import (
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// assembly makes the graph of what is known, always in the same order, and lists what that leaves open.
type assembly struct {
	*walk
	graph         *Graph
	queue         []digest.Digest
	queued        map[digest.Digest]bool
	openManifests []source
	openLookups   []digest.Digest
	opened        map[source]bool
	openedLookups map[digest.Digest]bool
}

func (w *walk) assemble() *assembly {
	a := &assembly{
		walk: w, queued: map[digest.Digest]bool{}, opened: map[source]bool{}, openedLookups: map[digest.Digest]bool{},
		graph: &Graph{
			Image: w.image, Root: w.root.Digest, Folders: w.places[0].Listing,
			Nodes: map[digest.Digest]manifest.Manifest{w.root.Digest: w.root},
		},
	}
	a.add(w.root.Digest)
	for i := 0; i < len(a.queue); i++ {
		a.visit(a.queue[i])
	}
	return a
}

// add makes a digest part of the graph.
func (a *assembly) add(d digest.Digest) {
	if !a.queued[d] {
		a.queued[d] = true
		a.queue = append(a.queue, d)
	}
}

// visit takes over what is known of a digest: its children, and what is attached to it in every place.
func (a *assembly) visit(d digest.Digest) {
	m := a.node(d)
	for _, child := range m.Children() {
		a.add(child)
	}
	lookups, known := a.lookups[d]
	if !known {
		a.wantLookups(d)
		return
	}
	for i := range lookups {
		a.takeSuffixed(&lookups[i])
		a.takeEntries(&lookups[i], m)
	}
	a.takeStrays(d)
}

// node returns the manifest of a digest, or the zero manifest as long as it is not read, and when it is not there.
func (a *assembly) node(d digest.Digest) manifest.Manifest {
	if m, known := a.graph.Nodes[d]; known {
		return m
	}
	anywhere := source{digest: d}
	m, asked := a.manifests[anywhere]
	switch {
	case !asked:
		a.wantManifest(anywhere)
	case m != nil:
		a.graph.Nodes[d] = *m
		return *m
	case a.isMissing(d.String()):
		a.graph.Missing = append(a.graph.Missing, d)
		a.graph.warn("%s is named by an index of %s but is not there", d, a.graph.Image)
	}
	return manifest.Manifest{}
}

func (a *assembly) wantManifest(s source) {
	if !a.opened[s] {
		a.opened[s] = true
		a.openManifests = append(a.openManifests, s)
	}
}

func (a *assembly) wantLookups(d digest.Digest) {
	if _, known := a.lookups[d]; !known && !a.openedLookups[d] {
		a.openedLookups[d] = true
		a.openLookups = append(a.openLookups, d)
	}
}

func (a *assembly) take(found Attachment) {
	a.graph.Nodes[found.Manifest.Digest] = found.Manifest
	a.graph.Attachments = append(a.graph.Attachments, found)
	a.add(found.Manifest.Digest)
}

func (a *assembly) takeSuffixed(l *lookup) {
	for i, found := range l.suffixed {
		switch {
		case found != nil:
			a.take(*found)
			a.warnOfNoSignature(l.tags[i], *found)
		case l.itself[i]:
			if l.tags[i].Suffix == signatureSuffix {
				a.graph.warn("%s holds the image itself, and no signature", l.tags[i])
			}
		case a.isMissing(l.tags[i].String()):
			a.graph.warn("the folder %s holds no manifest", l.tags[i])
		}
	}
	a.graph.API = a.graph.API || l.supported
	a.graph.Warnings = append(a.graph.Warnings, l.warnings...)
	if l.index.Digest != "" {
		a.graph.Fallbacks = append(a.graph.Fallbacks, FallbackIndex{
			Subject: l.digest, Manifest: l.index,
			Home: l.place.Image,
		})
	}
}

// warnOfNoSignature tells of something behind a tag that a signature is looked for under.
func (a *assembly) warnOfNoSignature(tag reference.SuffixTag, found Attachment) {
	if tag.Suffix == signatureSuffix && !found.IsSignature(tag.Prefix) {
		a.graph.warn("%s holds no signature: %s", tag, found.lacks())
	}
}

// takeEntries takes, of what the referrers API and the fallback tag name, the manifests that truly are attached to the
// subject. What is attached to those in turn is asked for together with them.
func (a *assembly) takeEntries(l *lookup, subject manifest.Manifest) {
	children := childrenOf(subject)
	for _, e := range entriesOf(l.listed, l.index.Content.Manifests) {
		at := source{digest: e.digest, home: l.place.Image}
		m, asked := a.manifests[at]
		switch {
		case !asked:
			a.wantManifest(at)
			a.wantLookups(e.digest)
		case m != nil || a.isMissing(e.digest.String()):
			a.takeEntry(e, m, l, children)
		}
	}
}

func (a *assembly) takeEntry(e entry, m *manifest.Manifest, l *lookup, children map[digest.Digest]bool) {
	switch {
	case m == nil:
		a.graph.warn("%s is listed as attached to %s but is not there", e.digest, l.digest)
	case m.Content.Subject != nil && m.Content.Subject.Digest == l.digest, m.Content.Subject == nil && e.onlyFallback && !children[e.digest]:
		a.take(e.attachment(*m, l))
	default:
		a.graph.warn("%s is listed as attached to %s but does not name it as its subject; it was passed over", e.digest,
			l.digest)
	}
}

func childrenOf(m manifest.Manifest) map[digest.Digest]bool {
	children := map[digest.Digest]bool{}
	for _, child := range m.Children() {
		children[child] = true
	}
	return children
}

func (g *Graph) warn(format string, args ...any) {
	g.Warnings = append(g.Warnings, fmt.Sprintf(format, args...))
}

// entry is one listed referrer; onlyFallback tells that the referrers API did not name it.
type entry struct {
	digest       digest.Digest
	onlyFallback bool
}

// entriesOf joins both lists by digest, since they do diverge on real registries.
func entriesOf(api, fallback []ocispec.Descriptor) []entry {
	var entries []entry
	seen := map[digest.Digest]bool{}
	add := func(list []ocispec.Descriptor, onlyFallback bool) {
		for _, d := range list {
			if !seen[d.Digest] {
				seen[d.Digest] = true
				entries = append(entries, entry{digest: d.Digest, onlyFallback: onlyFallback})
			}
		}
	}
	add(api, false)
	add(fallback, true)
	return entries
}

// attachment is the manifest of an entry that truly is attached to the digest of a lookup.
func (e entry) attachment(m manifest.Manifest, l *lookup) Attachment {
	a := Attachment{Subject: l.digest, Manifest: m, Kind: kindOfManifest(m), Storage: Referrer, Home: l.place.Image}
	if e.onlyFallback {
		a.Storage, a.Tag = Fallback, reference.FallbackTag(l.digest)
	}
	return a
}
