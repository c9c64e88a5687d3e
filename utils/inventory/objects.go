package inventory

import (
	"context"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// objects reports what every folder of an image is, as far as that is known.
func (p *prune) objects(s *shelf) []object {
	objects := make([]object, 0, len(s.folders))
	for _, name := range slices.Sorted(maps.Keys(s.folders)) {
		objects = append(objects, p.object(s, name))
	}
	return objects
}

// readLists reads every index, and then what only its manifest explains.
func (p *prune) readLists(ctx context.Context, v survey, s *shelf) error {
	if err := v.digests(ctx, s); err != nil {
		return err
	}
	var open []digest.Digest
	for _, f := range s.folders {
		if f.list {
			open = append(open, f.digest)
		}
	}
	if err := p.read(ctx, v, s, open); err != nil {
		return err
	}
	return p.readOthers(ctx, v, s)
}

// readOthers reads the manifests by digest that no index of an image lists: they may have a subject.
func (p *prune) readOthers(ctx context.Context, v survey, s *shelf) error {
	children := map[digest.Digest]bool{}
	for name, f := range s.folders {
		c, _ := p.library.known(f.digest)
		if _, attached := c.shape.Subject(name); attached {
			continue
		}
		for _, one := range c.children {
			children[one.digest] = true
		}
	}
	var open []digest.Digest
	for name, f := range s.folders {
		if _, byDigest := reference.ParseDigestFolder(name); byDigest && !children[f.digest] {
			open = append(open, f.digest)
		}
	}
	return p.read(ctx, v, s, open)
}

func (p *prune) read(ctx context.Context, v survey, s *shelf, open []digest.Digest) error {
	slices.Sort(open)
	for _, d := range open {
		s.asked[d] = true
	}
	return each(ctx, readsAtOnce, slices.Compact(open), func(ctx context.Context, d digest.Digest) error {
		_, found, err := p.library.read(ctx, s.image, d)
		return v.tolerate(ctx, s, d, found, err)
	})
}

// listsImages reports whether an index lists something that can be run.
func (p *prune) listsImages(c card) bool {
	return slices.ContainsFunc(c.children, func(one child) bool {
		below, known := p.library.known(one.digest)
		return known && below.shape.Runs
	})
}

// object reports what a folder is. One that had to be read and could not be may be anything.
func (p *prune) object(s *shelf, name string) object {
	f := s.folders[name]
	o := object{image: s.image, name: name, digest: f.digest, changed: f.changed, storage: attachment.Referrer}
	c, known := p.library.known(f.digest)
	for _, one := range c.children {
		o.needs = append(o.needs, one.digest)
	}
	if o.opaque = !known && (f.list || s.asked[f.digest]); o.opaque {
		return o
	}
	named, looksAttached := attachment.Named(name)
	_, byDigest := reference.ParseDigestFolder(name)
	switch {
	case known && (c.shape.Runs || looksAttached && c.subject == "" && p.listsImages(c)):
		// An index of referrers that lists platforms too stays as well, and so does one whose entries can be run though
		// it does not say so.
	case known && (looksAttached || byDigest):
		o.subject, _ = c.shape.Subject(name)
		o.kind = c.kind
	case looksAttached && !attachment.NamesItself(name, f.digest):
		// It is read before it may go.
		o.subject = named
	}
	switch {
	case reference.IsFallbackTag(name):
		o.storage, o.kind = attachment.Fallback, attachment.KindOther
		if !f.list {
			o.subject = ""
		}
	case looksAttached:
		o.storage, o.kind = attachment.SuffixTag, attachment.KindOfTag(name)
	}
	return o
}

// unread reports whether an image path has something that could not be read, and that keeps an attachment: perhaps
// itself.
func (p *prune) unread(s *shelf) bool {
	objects, keeps := p.objects(s), false
	for i := range objects {
		o := &objects[i]
		_, named := attachment.Named(o.name)
		_, byDigest := reference.ParseDigestFolder(o.name)
		keeps = keeps || o.opaque && (named || byDigest)
		o.opaque = false
	}
	return len(s.problems) > 0 && (keeps || len(orphans(objects,
		func(d digest.Digest) bool { return p.elsewhere(s, d) })) > 0)
}

// isImage reports whether a folder is known to hold an image. A plain tag counts: it is read where more depends on it,
// see ownImage.
func (p *prune) isImage(s *shelf, name string) bool {
	if reference.IsImageTag(name) {
		return true
	}
	c, known := p.library.known(s.folders[name].digest)
	return known && c.shape.Runs
}

// ownImage reports whether an image path has an image of its own, and not only attachments, as cosign's
// COSIGN_REPOSITORY has. Attachments can have plain tags, too.
func (p *prune) ownImage(ctx context.Context, s *shelf) (bool, error) {
	for _, name := range slices.Sorted(maps.Keys(s.folders)) {
		if !p.isImage(s, name) {
			continue
		}
		c, found, err := p.library.read(ctx, s.image, s.folders[name].digest)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err == nil && found && c.shape.IsImage(name) {
			return true, nil
		}
	}
	return false, nil
}
