package repair

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Entries holds the entries of attachments to a policy, one by one.
type Entries interface {
	// Verified tells of each entry of an attachment whether it verifies; of one that is no list of entries there is one
	// answer.
	Verified(ctx context.Context, at reference.Reference, g *attachment.Graph, a attachment.Attachment) ([]bool, error)
}

// Configs reads the configs of records.
type Configs interface {
	Config(ctx context.Context, a attachment.Attachment) ([]byte, error)
}

// Creator reports who stored a file ("<repo>/<path>").
type Creator interface {
	Creator(ctx context.Context, path string) (string, error)
}

// Filter says what a repair may bring: with a policy what verifies by it, entry by entry, else signatures that the
// image lost.
type Filter struct {
	// Kinds are the kinds that may come; none stands for signatures, or with a policy for every kind.
	Kinds []attachment.Kind
	// Not are the digests of attachments, or of single entries, that must not come.
	Not []digest.Digest
	// Prefix is that of the user's verifiers.
	Prefix string
	// Entries is nil without a policy.
	Entries Entries
	Configs Configs
	Creator Creator
}

// Candidate is an attachment elsewhere that an image lacks.
type Candidate struct {
	attachment.Attachment
	For     reference.Reference
	Creator string
	// Why says why it is not brought; empty for what is. Only tells of a record of which some entries are.
	Why, Only string
}

// kindWanted reports whether attachments of a kind may come, by that alone.
func (b Filter) kindWanted(kind attachment.Kind, signs bool) bool {
	switch {
	case len(b.Kinds) == 0:
		return signs || b.Entries != nil
	case signs && slices.Contains(b.Kinds, attachment.KindSignature):
		return true
	default:
		return slices.Contains(b.Kinds, kind)
	}
}

// wanted reports whether a finding is about something that may come.
func (b Filter) wanted(f audit.Finding) bool {
	return f.Problem == audit.LeftBehind && b.kindWanted(f.Kind, f.Signs || f.Kind == attachment.KindSignature)
}

// imageFilter decides, for one image, about everything that other places have.
type imageFilter struct {
	Filter
	marks *inventory.Marks
	at    reference.Reference
	tag   audit.Image
	graph *attachment.Graph
	found []Candidate
}

// narrow takes out of the graph what is not brought. What is attached to something that is brought may come with it.
func (f *imageFilter) narrow(ctx context.Context) error {
	known := map[digest.Digest]bool{}
	for _, d := range f.graph.ImageDigests() {
		known[d] = true
	}
	kept, open := f.own(known)
	for again := true; again; {
		again = false
		var later []attachment.Attachment
		for _, a := range open {
			if !known[a.Subject] {
				later = append(later, a)
				continue
			}
			brought, err := f.decide(ctx, a)
			if err != nil {
				return err
			}
			if brought != nil {
				kept, again = append(kept, *brought), true
				known[brought.Manifest.Digest] = true
				f.graph.Nodes[brought.Manifest.Digest] = brought.Manifest
			}
		}
		open = later
	}
	slices.SortStableFunc(kept, func(x, y attachment.Attachment) int {
		return cmp.Or(cmp.Compare(x.Subject, y.Subject), cmp.Compare(x.Storage, y.Storage), cmp.Compare(x.Tag, y.Tag),
			cmp.Compare(x.Manifest.Digest, y.Manifest.Digest))
	})
	f.graph.Attachments = kept
	return nil
}

// own returns what the image has itself, and of the rest what it lacks.
func (f *imageFilter) own(known map[digest.Digest]bool) (own, lacking []attachment.Attachment) {
	for _, a := range f.graph.Attachments {
		if a.Home == f.graph.Image {
			own = append(own, a)
			known[a.Manifest.Digest] = true
		}
	}
	for _, a := range f.graph.Attachments {
		if a.Home != f.graph.Image && f.lacks(own, a) {
			lacking = append(lacking, a)
		}
	}
	return own, lacking
}

// lacks reports whether the image lacks an attachment, or with a policy maybe single entries of it. What the audit
// found to be left behind is lacking, though a damaged one be there.
func (f *imageFilter) lacks(own []attachment.Attachment, a attachment.Attachment) bool {
	isFound := func(f audit.Finding) bool {
		return f.Problem == audit.LeftBehind && f.Subject == a.Subject && f.Name == a.Name()
	}
	if slices.ContainsFunc(f.tag.Findings, isFound) {
		return true
	}
	if a.Storage != attachment.SuffixTag && slices.Contains(f.graph.ImageDigests(), a.Manifest.Digest) {
		return false
	}
	at := slices.IndexFunc(own, func(o attachment.Attachment) bool {
		return o.Subject == a.Subject &&
			o.Name() == a.Name()
	})
	if at < 0 {
		return true
	}
	return f.Entries != nil && a.Storage == attachment.SuffixTag && own[at].Manifest.Digest != a.Manifest.Digest && !own[at].Manifest.Covers(a.Manifest)
}

// decide returns what is brought of an attachment, or nil, and notes it as a candidate.
func (f *imageFilter) decide(ctx context.Context, a attachment.Attachment) (*attachment.Attachment, error) {
	c := Candidate{Attachment: a, For: f.at}
	denies, err := f.denials(ctx)
	if err != nil {
		return nil, err
	}
	if c.Why, err = f.refused(ctx, a); err != nil {
		return nil, err
	}
	brought := &a
	if c.Why == "" {
		if brought, c.Why, c.Only, err = f.share(ctx, a, denies); err != nil {
			return nil, err
		}
	}
	if c.Creator, err = f.Creator.Creator(ctx, a.Folder()+"/"+a.Manifest.FileName()); err != nil {
		// It is told for people alone.
		c.Creator = ""
	}
	f.found = append(f.found, c)
	if c.Why != "" {
		return nil, ctx.Err()
	}
	return brought, ctx.Err()
}

// refused says why an attachment must not come whatever it holds.
func (f *imageFilter) refused(ctx context.Context, a attachment.Attachment) (string, error) {
	quarantined, err := f.marks.Quarantined(ctx, a.Folder())
	if err != nil {
		return "", fmt.Errorf("the properties of %s: %w", a.Folder(), err)
	}
	signs := a.IsSignature(f.Prefix) || a.Kind == attachment.KindSignature && attachment.HoldsSignature(a.Manifest)
	switch {
	case quarantined:
		return "it is in quarantine", nil
	case !f.kindWanted(a.Kind, signs):
		return "--kinds has to name " + string(a.Kind), nil
	}
	return "", nil
}
