package attachment

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Graph is an image's root manifest, its children, and everything attached to any of them.
type Graph struct {
	Image reference.Image
	Root  digest.Digest
	// Nodes holds every manifest of the graph that was read.
	Nodes map[digest.Digest]manifest.Manifest
	// Missing holds the children that an index names and the registry does not have.
	Missing []digest.Digest
	// Attachments are sorted; those of children and of other attachments are among them.
	Attachments []Attachment
	// Fallbacks holds the fallback indexes that were found, those that are no index of referrers left out.
	Fallbacks []FallbackIndex
	// Folders is the folder of the image as it was when the graph was read.
	Folders Listing
	// Tags are the tags of their own that referrers have in the image. Discovery does not look for them.
	Tags map[string]digest.Digest
	// API reports whether the registry has the referrers API.
	API bool
	// Unreadable reports what could not be read, when the graph was only surveyed.
	Unreadable []string
	// Warnings tell what was found and passed over, and why.
	Warnings []string
}

// FallbackIndex is the index behind the fallback tag of a subject.
type FallbackIndex struct {
	Subject  digest.Digest
	Manifest manifest.Manifest
	Home     reference.Image
}

// Tag returns the fallback tag.
func (f FallbackIndex) Tag() string { return reference.FallbackTag(f.Subject) }

// Fallback returns the fallback index of a subject in one place; its digest is empty if there is none.
func (g *Graph) Fallback(home reference.Image, subject digest.Digest) manifest.Manifest {
	for _, f := range g.Fallbacks {
		if f.Home == home && f.Subject == subject {
			return f.Manifest
		}
	}
	return manifest.Manifest{}
}

// Children returns the digests of what an index in the graph lists.
func (g *Graph) Children(d digest.Digest) []digest.Digest { return g.Nodes[d].Children() }

// ImageDigests returns the root and all manifests below it, in the order of a walk, each once. Attachments are not
// among them.
func (g *Graph) ImageDigests() []digest.Digest { return g.Below(g.Root) }

// Of returns what is attached to one digest.
func (g *Graph) Of(subject digest.Digest) []Attachment {
	var found []Attachment
	for _, a := range g.Attachments {
		if a.Subject == subject {
			found = append(found, a)
		}
	}
	return found
}

// Waves tells for each digest that something can are attached to in which wave that comes: in 0 what is attached to the
// image or a child, in the next one what is attached to that or on its children. So an attachment always comes after
// its subject; a cycle ends the count.
func (g *Graph) Waves() map[digest.Digest]int {
	waves := map[digest.Digest]int{}
	reached := g.ImageDigests()
	for wave := 0; len(reached) > 0; wave++ {
		var next []digest.Digest
		for _, subject := range reached {
			if _, known := waves[subject]; known {
				continue
			}
			waves[subject] = wave
			for _, a := range g.Of(subject) {
				next = append(next, g.Below(a.Manifest.Digest)...)
			}
		}
		reached = next
	}
	return waves
}

// Below returns a digest and all that is below it, each once, in the order of a walk.
func (g *Graph) Below(root digest.Digest) []digest.Digest {
	found := []digest.Digest{root}
	for i := 0; i < len(found); i++ {
		for _, child := range g.Children(found[i]) {
			if !slices.Contains(found, child) {
				found = append(found, child)
			}
		}
	}
	return found
}

// Stored returns the attachments in the given storage forms.
func (g *Graph) Stored(forms ...Storage) []Attachment {
	var found []Attachment
	for _, a := range g.Attachments {
		if slices.Contains(forms, a.Storage) {
			found = append(found, a)
		}
	}
	return found
}

// Signed reports whether one digest has a signature of its own, which a verifier finds. prefix is the prefix that the
// user's verifiers look for, or "".
func (g *Graph) Signed(d digest.Digest, prefix string) bool {
	return slices.ContainsFunc(g.Of(d), func(a Attachment) bool { return !a.Unlisted && a.IsSignature(prefix) })
}

// Unsigned returns the children that have no signature of their own, when any child or the root has one. In an image
// without any signature they are no news. What only attests to a platform is none, and nobody has to sign it.
func (g *Graph) Unsigned(prefix string) []digest.Digest {
	all := g.ImageDigests()
	unsigned := slices.DeleteFunc(slices.Clone(all), func(d digest.Digest) bool { return g.Signed(d, prefix) })
	if len(unsigned) == len(all) {
		return nil
	}
	attesting := g.attesting()
	return slices.DeleteFunc(unsigned, func(d digest.Digest) bool { return d == g.Root || attesting[d] })
}

// attesting returns the children of indexes that only attest to platforms beside them.
func (g *Graph) attesting() map[digest.Digest]bool {
	found := map[digest.Digest]bool{}
	for _, d := range g.ImageDigests() {
		for _, entry := range g.Nodes[d].Content.Manifests {
			if IsAttestationEntry(entry) {
				found[entry.Digest] = true
			}
		}
	}
	return found
}

// BottomUp returns the digests of the image in an order in which a registry takes them: each after its children and, if
// it names another part of the image as its subject, after that; the root last. A subject that is above what names it
// comes after it all the same.
func (g *Graph) BottomUp() []digest.Digest {
	o := ordering{graph: g, parts: g.ImageDigests(), seen: map[digest.Digest]bool{}}
	o.visit(g.Root)
	return o.digests
}

type ordering struct {
	graph   *Graph
	parts   []digest.Digest
	seen    map[digest.Digest]bool
	digests []digest.Digest
}

// visit adds a digest behind what it needs. One that is seen again on the way is above, or there already.
func (o *ordering) visit(d digest.Digest) {
	if o.seen[d] {
		return
	}
	o.seen[d] = true
	m := o.graph.Nodes[d]
	if subject := m.Content.Subject; subject != nil && slices.Contains(o.parts, subject.Digest) {
		o.visit(subject.Digest)
	}
	for _, child := range m.Children() {
		o.visit(child)
	}
	o.digests = append(o.digests, d)
}
