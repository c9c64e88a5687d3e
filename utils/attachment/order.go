package attachment

import (
	"slices"

	"github.com/opencontainers/go-digest"
)

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
