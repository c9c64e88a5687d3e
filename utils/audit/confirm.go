package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// probe confirms what is about to be called absent, by requests that fail loudly where one may not look: the image's
// folder, the tags that cosign would ask for, the list of referrers.
type probe struct {
	inventory.Discovery
	// images are the image's own, and after it the other places of its attachments.
	indexes []*inventory.ImageIndex
	// prefix is that of the user's verifiers.
	prefix string
	// listings are the folders of those, read once.
	listings []*attachment.Listing
}

// probed is what probes showed beyond the images.
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
func (p *probe) confirm(ctx context.Context, tag string, root digest.Digest, o observation) (*probed, error) {
	seen := &probed{there: map[digest.Digest]bool{}, prefix: p.prefix}
	if err := p.tag(ctx, seen, tag, root); err != nil || seen.gone {
		return seen, err
	}
	if err := p.listing(ctx, seen, root); err != nil {
		return seen, err
	}
	for _, d := range o.missing {
		if err := p.child(ctx, seen, d); err != nil {
			return seen, err
		}
	}
	for _, d := range p.doubtful(o) {
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
func (p *probe) doubtful(o observation) []digest.Digest {
	var all []digest.Digest
	for _, d := range o.digests {
		if !o.signed[d] {
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		return o.digests[:1]
	}
	return all
}

// tag looks whether the tag still names the digest, and whether that is an image: what is attached to something can
// have a plain tag, too.
func (p *probe) tag(ctx context.Context, seen *probed, tag string, root digest.Digest) error {
	own := p.indexes[0].Image
	now, err := p.Server.Reader.Manifest(ctx, own, tag)
	if inventory.Absent(err) {
		err = cmp.Or(p.Server.Contradicted(ctx, own, tag), err)
	}
	attached := false
	if err == nil {
		seen.schema1 = attachment.IsSchema1(now)
		attached, err = p.attached(ctx, tag, now)
	}
	switch {
	case inventory.Absent(err), err == nil && now.Digest == root && attached:
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
	_, err := p.Server.Prober.Resolve(ctx, p.indexes[0].Image, subject.String())
	if inventory.Absent(err) {
		return false, nil
	}
	return err == nil, err
}

// note takes an error for doubt, unless it says that something is not there.
func (p *probe) note(ctx context.Context, seen *probed, subject digest.Digest, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !inventory.Absent(err) {
		seen.doubt = append(seen.doubt, Finding{
			Problem: Unreadable, Subject: subject,
			Message: fmt.Sprintf("cannot be told: %v", err),
		})
	}
	return nil
}

// listing reads the folders once, and compares them with what the search showed.
func (p *probe) listing(ctx context.Context, seen *probed, root digest.Digest) error {
	for len(p.listings) < len(p.indexes) {
		names, err := p.Server.Lister.Folders(ctx, p.indexes[len(p.listings)].Image.String())
		if err != nil && !inventory.Absent(err) {
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

// digest looks in every place for what may be attached to a digest.
func (p *probe) digest(ctx context.Context, seen *probed, d digest.Digest) error {
	for i, index := range p.indexes {
		for _, name := range p.names(i, d) {
			if _, known := index.Folders[name]; known {
				continue
			}
			err := p.resolve(ctx, i, name, name)
			seen.news = seen.news || err == nil
			if err := p.note(ctx, seen, d, err); err != nil {
				return err
			}
		}
		before := len(index.AttachedTo(d))
		if err := p.List(ctx, index, d); err != nil {
			return err
		}
		seen.news = seen.news || len(index.AttachedTo(d)) > before && slices.ContainsFunc(index.AttachedTo(d),
			func(h inventory.Attached) bool { return h.Condition == inventory.Sound })
	}
	return nil
}

// resolve asks the registry for a tag or digest. What a listing shows is not absent as long as its folder shows a
// manifest.
func (p *probe) resolve(ctx context.Context, i int, folder, ref string) error {
	_, err := p.Server.Prober.Resolve(ctx, p.indexes[i].Image, ref)
	if inventory.Absent(err) && i < len(p.listings) && p.listings[i].Has(folder) {
		err = cmp.Or(p.Server.Contradicted(ctx, p.indexes[i].Image, folder), err)
	}
	return err
}

// names returns the tags that may be attached to a digest: those that cosign and the OCI specification derive, and
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
	for i, index := range p.indexes[1:] {
		others = append(others, attachment.Place{Image: index.Image, Listing: p.complete(i+1, root)})
	}
	seen.damaged = p.damaged()
	var err error
	seen.graph, err = attachment.Survey(ctx, doubting{p.Server.Reader, p.Server}, p.indexes[0].Image, seen.root,
		p.complete(0, root), others...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.note(ctx, seen, root, err)
}

func (p *probe) damaged() map[string]bool {
	names := map[string]bool{}
	for _, index := range p.indexes {
		index.AddUnsound(names)
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

// correct takes what probes showed over into the observation.
func (s *probed) correct(o *observation) {
	o.missing = slices.DeleteFunc(o.missing, func(d digest.Digest) bool { return s.there[d] })
	o.doubt = append(o.doubt, s.doubt...)
	o.schema1 = s.schema1
	if s.graph == nil {
		return
	}
	for _, a := range s.graph.Attachments {
		if s.damaged[a.Name()] {
			continue
		}
		o.signed[a.Subject] = o.signed[a.Subject] || a.IsSignature(s.prefix)
		o.kinds[a.Kind] = true
		o.missingHere = slices.DeleteFunc(o.missingHere, func(l missingHere) bool {
			return !l.other && l.subject == a.Subject &&
				l.name == a.Name()
		})
	}
	for _, text := range s.graph.Unreadable {
		o.doubt = append(o.doubt, Finding{Problem: Unreadable, Subject: s.graph.Root, Message: text})
	}
}

// doubting reads manifests, and takes none for absent that its folder shows.
type doubting struct {
	attachment.Reader
	server inventory.Server
}

// Manifest reads a tag or a digest.
func (d doubting) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	m, err := d.Reader.Manifest(ctx, image, ref)
	if inventory.Absent(err) {
		err = cmp.Or(d.server.Contradicted(ctx, image, ref), err)
	}
	return m, err
}
