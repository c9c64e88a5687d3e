package attachment

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// State reports how something of one graph stands at another place.
type State string

// The states, seen from the first graph of a comparison. Includes means that the other side's record holds all of this
// one's entries and more, which loses nothing.
const (
	Same     State = "same"
	Missing  State = "missing"
	Differs  State = "differs"
	Includes State = "includes"
	Extra    State = "extra"
)

// Comparison reports how one attachment of either graph stands at the other place.
type Comparison struct {
	Attachment
	State State
}

// Compare compares what is attached to the manifests of g with what is attached to them in other. What only other has
// is Extra.
func (g *Graph) Compare(other *Graph) []Comparison {
	var all []Comparison
	for _, a := range g.Attachments {
		all = append(all, Comparison{Attachment: a, State: state(a, other)})
	}
	for _, b := range other.Attachments {
		if !slices.ContainsFunc(g.Attachments, func(a Attachment) bool { return sameRecord(a, b) }) {
			all = append(all, Comparison{Attachment: b, State: Extra})
		}
	}
	return all
}

// MissingImages returns the manifests of the image itself that other does not have.
func (g *Graph) MissingImages(other *Graph) []digest.Digest {
	var missing []digest.Digest
	for _, d := range g.ImageDigests() {
		_, here := g.Nodes[d]
		if _, there := other.Nodes[d]; here && !there {
			missing = append(missing, d)
		}
	}
	return missing
}

func state(a Attachment, other *Graph) State {
	i := slices.IndexFunc(other.Attachments, func(b Attachment) bool { return sameRecord(a, b) })
	switch {
	case i < 0:
		return Missing
	case other.Attachments[i].Manifest.Digest == a.Manifest.Digest:
		return Same
	case (a.Kind == KindSignature || a.Kind == KindAttestation) && other.Attachments[i].Manifest.Covers(a.Manifest):
		return Includes
	default:
		return Differs
	}
}

// sameRecord reports whether both are one record: one suffix tag, or one referrer in whatever storage.
func sameRecord(a, b Attachment) bool {
	if a.Storage == SuffixTag || b.Storage == SuffixTag {
		return a.Storage == b.Storage && a.Tag == b.Tag
	}
	return a.Subject == b.Subject && a.Manifest.Digest == b.Manifest.Digest
}

// Adopt adds an attachment of another graph of the same image, unless g has it.
func (g *Graph) Adopt(a Attachment) {
	held := slices.ContainsFunc(g.Attachments, func(b Attachment) bool {
		return sameRecord(a, b) && a.Manifest.Digest == b.Manifest.Digest
	})
	if held {
		return
	}
	g.Attachments = append(g.Attachments, a)
	if _, known := g.Nodes[a.Manifest.Digest]; !known {
		g.Nodes[a.Manifest.Digest] = a.Manifest
	}
	slices.SortFunc(g.Attachments, order)
}

// Drop takes out the record behind a suffix tag in one place.
func (g *Graph) Drop(home reference.Image, tag string) {
	g.Attachments = slices.DeleteFunc(g.Attachments, func(a Attachment) bool {
		return a.Storage == SuffixTag &&
			a.Home == home && a.Tag == tag
	})
}
