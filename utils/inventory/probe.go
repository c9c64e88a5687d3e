package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// probe confirms what is about to be called absent, by requests that fail loudly where one may not look: the image's
// folder, the tags that cosign would ask for, the list of referrers.
type probe struct {
	survey
	// shelves are the image's own, and after it the other places of its attachments.
	shelves []*shelf
	// prefix is that of the user's verifiers.
	prefix string
	// listings are the folders of those, read once.
	listings []*attachment.Listing
}

// probed is what probes showed beyond the shelves.
type probed struct {
	// gone reports that the tag is not there any more, or names no image.
	gone  bool
	doubt []Finding
	// there are digests that the search did not show.
	there map[digest.Digest]bool
	// root is the image's manifest, as its tag shows it.
	root manifest.Manifest
	// schema1 reports that the root is in docker's first form.
	schema1 bool
	// graph is there when something turned up: then everything was read anew.
	graph *attachment.Graph
	// news reports that something turned up which the search did not show.
	news bool
	// prefix is that of the user's verifiers.
	prefix string
	// damaged names the attachments that are known to be so: reading their manifests does not show that.
	damaged map[string]bool
}

// confirm probes for each digest of an image that seems to lack something.
func (p *probe) confirm(ctx context.Context, tag string, root digest.Digest, e evidence) (*probed, error) {
	seen := &probed{there: map[digest.Digest]bool{}, prefix: p.prefix}
	if err := p.tag(ctx, seen, tag, root); err != nil || seen.gone {
		return seen, err
	}
	if err := p.listing(ctx, seen, root); err != nil {
		return seen, err
	}
	for _, d := range e.missing {
		if err := p.child(ctx, seen, d); err != nil {
			return seen, err
		}
	}
	for _, d := range p.doubtful(e) {
		if err := p.digest(ctx, seen, d); err != nil {
			return seen, err
		}
	}
	if !seen.news {
		return seen, nil
	}
	return seen, p.again(ctx, seen, root)
}

// doubtful returns the digests that are about to be called unsigned; of an image that lacks only another kind, its
// root.
func (p *probe) doubtful(e evidence) []digest.Digest {
	var all []digest.Digest
	for _, d := range e.digests {
		if !e.signed[d] {
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		return e.digests[:1]
	}
	return all
}

// tag looks whether the tag still names the digest, and whether that is an image: what is attached to something can
// have a plain tag, too.
func (p *probe) tag(ctx context.Context, seen *probed, tag string, root digest.Digest) error {
	own := p.shelves[0].image
	now, err := p.server.Reader.Manifest(ctx, own, tag)
	if absent(err) {
		err = cmp.Or(p.server.contradicted(ctx, own, tag), err)
	}
	attached := false
	if err == nil {
		seen.schema1 = attachment.IsSchema1(now)
		attached, err = p.attached(ctx, tag, now)
	}
	switch {
	case absent(err), err == nil && now.Digest == root && attached:
		seen.gone = true
	case err == nil && now.Digest != root:
		seen.doubt = append(seen.doubt, Finding{
			Problem: Unreadable, Subject: root,
			Message: "the tag was pushed again while the repository was being looked at",
		})
	default:
		seen.root = now
		return p.note(ctx, seen, root, err)
	}
	return nil
}

// attached reports whether something is attached to anything, though the search shows nothing that it could be attached
// to.
func (p *probe) attached(ctx context.Context, tag string, m manifest.Manifest) (bool, error) {
	if attachment.IsImage(tag, m) {
		return false, nil
	}
	subject, onlyNamed := attachment.OnlyNamed(tag, m)
	if !onlyNamed {
		return true, nil
	}
	_, err := p.server.Prober.Resolve(ctx, p.shelves[0].image, subject.String())
	if absent(err) {
		return false, nil
	}
	return err == nil, err
}

// note takes an error for doubt, unless it says that something is not there.
func (p *probe) note(ctx context.Context, seen *probed, subject digest.Digest, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !absent(err) {
		seen.doubt = append(seen.doubt, Finding{
			Problem: Unreadable, Subject: subject,
			Message: fmt.Sprintf("cannot be told: %v", err),
		})
	}
	return nil
}

// listing reads the folders once, and compares them with what the search showed.
func (p *probe) listing(ctx context.Context, seen *probed, root digest.Digest) error {
	for len(p.listings) < len(p.shelves) {
		names, err := p.server.Lister.Folders(ctx, p.shelves[len(p.listings)].image.String())
		if err != nil && !absent(err) {
			// Not kept: the next image asks again.
			return p.note(ctx, seen, root, err)
		}
		listing := attachment.NewListing(names)
		p.listings = append(p.listings, &listing)
	}
	return nil
}

func (p *probe) child(ctx context.Context, seen *probed, d digest.Digest) error {
	err := p.resolve(ctx, 0, reference.DigestFolder(d), d.String())
	if err == nil {
		seen.there[d] = true
	}
	return p.note(ctx, seen, d, err)
}

// digest looks in every place for what may are attached to a digest.
func (p *probe) digest(ctx context.Context, seen *probed, d digest.Digest) error {
	for i, s := range p.shelves {
		for _, name := range p.names(i, d) {
			if _, known := s.folders[name]; known {
				continue
			}
			err := p.resolve(ctx, i, name, name)
			seen.news = seen.news || err == nil
			if err := p.note(ctx, seen, d, err); err != nil {
				return err
			}
		}
		before := len(s.on(d))
		if err := p.list(ctx, s, d); err != nil {
			return err
		}
		seen.news = seen.news || len(s.on(d)) > before && slices.ContainsFunc(s.on(d),
			func(h hanging) bool { return h.condition == sound })
	}
	return nil
}

// resolve asks the registry for a tag or digest. What a listing shows is not absent as long as its folder shows a
// manifest.
func (p *probe) resolve(ctx context.Context, i int, folder, ref string) error {
	_, err := p.server.Prober.Resolve(ctx, p.shelves[i].image, ref)
	if absent(err) && i < len(p.listings) && p.listings[i].Has(folder) {
		err = cmp.Or(p.server.contradicted(ctx, p.shelves[i].image, folder), err)
	}
	return err
}

// names returns the tags that may are attached to a digest: those that cosign and the OCI specification derive, and
// those of the folder.
func (p *probe) names(i int, d digest.Digest) []string {
	names := []string{reference.SuffixTag{Subject: d, Suffix: "sig"}.String(), reference.FallbackTag(d)}
	if i < len(p.listings) {
		for _, t := range p.listings[i].SuffixTags(d) {
			if name := t.String(); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// again reads the image as a promotion would, since the search did not show all of it.
func (p *probe) again(ctx context.Context, seen *probed, root digest.Digest) error {
	if seen.root.Digest == "" {
		return nil // that is doubt already
	}
	var others []attachment.Place
	for i, s := range p.shelves[1:] {
		others = append(others, attachment.Place{Image: s.image, Listing: p.complete(i+1, root)})
	}
	seen.damaged = p.damaged()
	var err error
	seen.graph, err = attachment.Survey(ctx, doubting{p.server.Reader, p.server}, p.shelves[0].image, seen.root,
		p.complete(0, root), others...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.note(ctx, seen, root, err)
}

func (p *probe) damaged() map[string]bool {
	names := map[string]bool{}
	for _, s := range p.shelves {
		s.mu.Lock()
		for _, hooks := range s.hooks {
			for _, h := range hooks {
				names[h.name] = names[h.name] || h.condition != sound
			}
		}
		s.mu.Unlock()
	}
	return names
}

// complete joins a folder with the names that probes found beside it.
func (p *probe) complete(i int, root digest.Digest) attachment.Listing {
	names := p.names(i, root)
	if i < len(p.listings) {
		names = append(names, p.listings[i].Names...)
	}
	slices.Sort(names)
	return attachment.NewListing(slices.Compact(names))
}

// correct takes what probes showed over into the evidence.
func (s *probed) correct(e *evidence) {
	e.missing = slices.DeleteFunc(e.missing, func(d digest.Digest) bool { return s.there[d] })
	e.doubt = append(e.doubt, s.doubt...)
	e.schema1 = s.schema1
	if s.graph == nil {
		return
	}
	for _, a := range s.graph.Attachments {
		if s.damaged[a.Name()] {
			continue
		}
		e.signed[a.Subject] = e.signed[a.Subject] || a.IsSignature(s.prefix)
		e.kinds[a.Kind] = true
		e.left = slices.DeleteFunc(e.left, func(l leftBehind) bool {
			return !l.other && l.subject == a.Subject &&
				l.name == a.Name()
		})
	}
	for _, text := range s.graph.Unreadable {
		e.doubt = append(e.doubt, Finding{Problem: Unreadable, Subject: s.graph.Root, Message: text})
	}
}
