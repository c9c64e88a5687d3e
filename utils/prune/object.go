package prune

import (
	"context"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// objects reports what every folder of an image is, as far as that is known.
func (p *prune) objects(index *inventory.ImageIndex) []object {
	objects := make([]object, 0, len(index.Folders))
	for _, name := range slices.Sorted(maps.Keys(index.Folders)) {
		objects = append(objects, p.object(index, name))
	}
	return objects
}

// readLists reads every index, and then what only its manifest explains.
func (p *prune) readLists(ctx context.Context, v inventory.Discovery, index *inventory.ImageIndex) error {
	if err := v.ResolveDigests(ctx, index); err != nil {
		return err
	}
	var open []digest.Digest
	for _, f := range index.Folders {
		if f.List {
			open = append(open, f.Digest)
		}
	}
	if err := p.read(ctx, v, index, open); err != nil {
		return err
	}
	return p.readOthers(ctx, v, index)
}

// readOthers reads the manifests by digest that no index of an image lists: they may have a subject.
func (p *prune) readOthers(ctx context.Context, v inventory.Discovery, index *inventory.ImageIndex) error {
	children := map[digest.Digest]bool{}
	for name, f := range index.Folders {
		info, _ := p.manifests.Known(f.Digest)
		if _, attached := info.Shape.Subject(name); attached {
			continue
		}
		for _, one := range info.Children {
			children[one.Digest] = true
		}
	}
	var open []digest.Digest
	for name, f := range index.Folders {
		if _, byDigest := reference.ParseDigestFolder(name); byDigest && !children[f.Digest] {
			open = append(open, f.Digest)
		}
	}
	return p.read(ctx, v, index, open)
}

func (p *prune) read(ctx context.Context, v inventory.Discovery, index *inventory.ImageIndex, open []digest.Digest) error {
	slices.Sort(open)
	for _, d := range open {
		index.Asked[d] = true
	}
	return parallel.Each(ctx, inventory.ReadsAtOnce, slices.Compact(open), func(ctx context.Context, d digest.Digest) error {
		_, found, err := p.manifests.Read(ctx, index.Image, d)
		return v.Tolerate(ctx, index, d, found, err)
	})
}

// listsImages reports whether an index lists something that can be run.
func (p *prune) listsImages(info inventory.ManifestInfo) bool {
	return slices.ContainsFunc(info.Children, func(one inventory.Child) bool {
		below, known := p.manifests.Known(one.Digest)
		return known && below.Shape.Runs
	})
}

// object reports what a folder is. One that had to be read and could not be may be anything.
func (p *prune) object(index *inventory.ImageIndex, name string) object {
	f := index.Folders[name]
	o := object{image: index.Image, name: name, digest: f.Digest, changed: f.Changed, storage: attachment.Referrer}
	info, known := p.manifests.Known(f.Digest)
	for _, one := range info.Children {
		o.needs = append(o.needs, one.Digest)
	}
	if o.opaque = !known && (f.List || index.Asked[f.Digest]); o.opaque {
		return o
	}
	named, looksAttached := attachment.Named(name)
	_, byDigest := reference.ParseDigestFolder(name)
	switch {
	case known && (info.Shape.Runs || looksAttached && info.Subject == "" && p.listsImages(info)):
		// An index of referrers that lists platforms too stays as well, and so does one whose entries can be run though
		// it does not say so.
	case known && (looksAttached || byDigest):
		o.subject, _ = info.Shape.Subject(name)
		o.kind = info.Kind
	case looksAttached && !attachment.NamesItself(name, f.Digest):
		// It is read before it may go.
		o.subject = named
	}
	switch {
	case reference.IsFallbackTag(name):
		o.storage, o.kind = attachment.Fallback, attachment.KindOther
		if !f.List {
			o.subject = ""
		}
	case looksAttached:
		o.storage, o.kind = attachment.SuffixTag, attachment.KindOfTag(name)
	}
	return o
}

// unread reports whether an image path has something that could not be read, and that keeps an attachment: perhaps
// itself.
func (p *prune) unread(index *inventory.ImageIndex) bool {
	objects, keeps := p.objects(index), false
	for i := range objects {
		o := &objects[i]
		_, named := attachment.Named(o.name)
		_, byDigest := reference.ParseDigestFolder(o.name)
		keeps = keeps || o.opaque && (named || byDigest)
		o.opaque = false
	}
	return len(index.Problems) > 0 && (keeps || len(orphans(objects,
		func(d digest.Digest) bool { return p.heldElsewhere(index, d) })) > 0)
}

// isImage reports whether a folder is known to hold an image. A plain tag counts: it is read where more depends on it,
// see ownImage.
func (p *prune) isImage(index *inventory.ImageIndex, name string) bool {
	if reference.IsImageTag(name) {
		return true
	}
	info, known := p.manifests.Known(index.Folders[name].Digest)
	return known && info.Shape.Runs
}

// ownImage reports whether an image path has an image of its own, and not only attachments, as cosign's
// COSIGN_REPOSITORY has. Attachments can have plain tags, too.
func (p *prune) ownImage(ctx context.Context, index *inventory.ImageIndex) (bool, error) {
	for _, name := range slices.Sorted(maps.Keys(index.Folders)) {
		if !p.isImage(index, name) {
			continue
		}
		info, found, err := p.manifests.Read(ctx, index.Image, index.Folders[name].Digest)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err == nil && found && info.Shape.IsImage(name) {
			return true, nil
		}
	}
	return false, nil
}
