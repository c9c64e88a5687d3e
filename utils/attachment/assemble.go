package attachment

import (
	"fmt"

	"github.com/opencontainers/go-digest"

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
	openHooks     []digest.Digest
	opened        map[source]bool
	openedHooks   map[digest.Digest]bool
}

func (w *walk) assemble() *assembly {
	a := &assembly{
		walk: w, queued: map[digest.Digest]bool{}, opened: map[source]bool{}, openedHooks: map[digest.Digest]bool{},
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
	hooks, known := a.hooks[d]
	if !known {
		a.wantHooks(d)
		return
	}
	for i := range hooks {
		a.takeSuffixed(&hooks[i])
		a.takeEntries(&hooks[i], m)
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

func (a *assembly) wantHooks(d digest.Digest) {
	if _, known := a.hooks[d]; !known && !a.openedHooks[d] {
		a.openedHooks[d] = true
		a.openHooks = append(a.openHooks, d)
	}
}

func (a *assembly) take(found Attachment) {
	a.graph.Nodes[found.Manifest.Digest] = found.Manifest
	a.graph.Attachments = append(a.graph.Attachments, found)
	a.add(found.Manifest.Digest)
}

func (a *assembly) takeSuffixed(h *hook) {
	for i, found := range h.suffixed {
		switch {
		case found != nil:
			a.take(*found)
			a.warnOfNoSignature(h.tags[i], *found)
		case h.itself[i]:
			if h.tags[i].Suffix == signatureSuffix {
				a.graph.warn("%s holds the image itself, and no signature", h.tags[i])
			}
		case a.isMissing(h.tags[i].String()):
			a.graph.warn("the folder %s holds no manifest", h.tags[i])
		}
	}
	a.graph.API = a.graph.API || h.supported
	a.graph.Warnings = append(a.graph.Warnings, h.warnings...)
	if h.index.Digest != "" {
		a.graph.Fallbacks = append(a.graph.Fallbacks, FallbackIndex{
			Subject: h.digest, Manifest: h.index,
			Home: h.place.Image,
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
func (a *assembly) takeEntries(h *hook, subject manifest.Manifest) {
	children := childrenOf(subject)
	for _, e := range entriesOf(h.listed, h.index.Content.Manifests) {
		at := source{digest: e.digest, home: h.place.Image}
		m, asked := a.manifests[at]
		switch {
		case !asked:
			a.wantManifest(at)
			a.wantHooks(e.digest)
		case m != nil || a.isMissing(e.digest.String()):
			a.takeEntry(e, m, h, children)
		}
	}
}

func (a *assembly) takeEntry(e entry, m *manifest.Manifest, h *hook, children map[digest.Digest]bool) {
	switch {
	case m == nil:
		a.graph.warn("%s is listed as attached to %s but is not there", e.digest, h.digest)
	case m.Content.Subject != nil && m.Content.Subject.Digest == h.digest, m.Content.Subject == nil && e.onlyFallback && !children[e.digest]:
		a.take(e.attachment(*m, h))
	default:
		a.graph.warn("%s is listed as attached to %s but does not name it as its subject; it was passed over", e.digest,
			h.digest)
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
