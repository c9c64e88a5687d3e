package prune

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// confirm looks once more at everything that may go, in ways that fail loudly, and keeps what may be needed:
//
//   - its image path is busy, or its folder shows more than the search did;
//   - its image path has no image of its own: it may be the place where attachments of images elsewhere are kept, in
//     another registry too (cosign's COSIGN_REPOSITORY);
//   - what it is attached to, or that in turn, is there after all, or in another repository, or it cannot be told.
func (p *prune) confirm(ctx context.Context) error {
	var subjects []digest.Digest
	for _, o := range p.result.All {
		if o.KeepReason == "" {
			subjects = append(subjects, o.missing()...)
		}
	}
	slices.Sort(subjects)
	subjects = slices.Compact(subjects)
	p.Begin("confirming", len(subjects))
	holders, err := p.holders(ctx, subjects)
	if err != nil {
		return err
	}
	if err := p.findConcealed(ctx, subjects, holders); err != nil {
		return err
	}
	for path, orphans := range byImage(p.result.All) {
		if err := p.confirmImage(ctx, p.own.Images[path], orphans, holders); err != nil {
			return err
		}
	}
	p.keepWithKept()
	return nil
}

// byImage returns the orphans that may go, by image path.
func byImage(all []Orphan) map[string][]*Orphan {
	images := map[string][]*Orphan{}
	for i := range all {
		if o := &all[i]; o.KeepReason == "" {
			images[o.Image.Path] = append(images[o.Image.Path], o)
		}
	}
	return images
}

func (p *prune) confirmImage(ctx context.Context, index *inventory.ImageIndex, orphans []*Orphan,
	holders map[digest.Digest][]manifest.Stored,
) error {
	hidden, err := p.hidden(ctx, index)
	if err != nil {
		return err
	}
	central, err := p.central(ctx, index)
	if err != nil {
		return err
	}
	hidden = cmp.Or(p.busy(index), hidden, central)
	return parallel.Each(ctx, inventory.ReadsAtOnce, orphans, func(ctx context.Context, o *Orphan) error {
		defer p.Done()
		o.KeepReason = hidden
		var err error
		if o.KeepReason == "" {
			o.KeepReason, err = p.present(ctx, o)
		}
		if o.KeepReason == "" && err == nil {
			o.KeepReason, err = p.serves(ctx, o, holders)
		}
		return err
	})
}

// hidden reports why an image may hold more than the search showed, or nothing.
func (p *prune) hidden(ctx context.Context, index *inventory.ImageIndex) (string, error) {
	names, err := p.Lister.Folders(ctx, index.Image.String())
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return fmt.Sprintf("its image cannot be looked at: %v", err), nil
	}
	for _, name := range names {
		if reference.IsStagingTag(name) {
			return "a promotion to its image path is under way: " + name + " is there", nil
		}
		if _, seen := index.Folders[name]; seen || !mayHoldManifest(name) || p.nested(index.Image.Path+"/"+name) {
			continue
		}
		switch _, err := p.Prober.Resolve(ctx, index.Image, name); {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil:
			return name + " is in its image, and the search does not show it yet", nil
		case !inventory.Absent(err):
			return fmt.Sprintf("%s in its image cannot be looked at: %v", name, err), nil
		}
	}
	return "", nil
}

func mayHoldManifest(name string) bool {
	_, byDigest := reference.ParseDigestFolder(name)
	return byDigest || reference.CheckTag(name) == nil
}

// nested reports whether an image was found at or below a path.
func (p *prune) nested(path string) bool {
	for other := range p.own.Images {
		if other == path || strings.HasPrefix(other, path+"/") {
			return true
		}
	}
	return false
}

// present reports why an orphan's subject may be there after all.
func (p *prune) present(ctx context.Context, o *Orphan) (string, error) {
	_, err := p.Prober.Resolve(ctx, o.Image, o.Root.String())
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		o.Back = true
		return "its subject is there, and the search does not show it yet", nil
	case !inventory.Absent(err):
		return fmt.Sprintf("it cannot be told whether its subject is there: %v", err), nil
	}
	return "", nil
}

// busy reports that an image path is not to be touched now: a promotion is under way, or an image came a moment ago,
// whose attachments may have come before others of it.
func (p *prune) busy(index *inventory.ImageIndex) string {
	for _, name := range slices.Sorted(maps.Keys(index.Folders)) {
		switch f := index.Folders[name]; {
		case reference.IsStagingTag(name):
			return "a promotion to its image path is under way: " + name + " is there"
		case p.isImage(index, name) && !f.Changed.Before(p.Before):
			return "the image " + name + " beside it is too young"
		}
	}
	return ""
}

// central reports that an image path may be the place for attachments of images elsewhere.
func (p *prune) central(ctx context.Context, index *inventory.ImageIndex) (string, error) {
	if p.Central {
		return "", nil
	}
	own, err := p.ownImage(ctx, index)
	if own || err != nil {
		return "", err
	}
	return "its image path holds attachments only, which may be of images in another registry: --central lets them go", nil
}

// place is a digest in an image.
type place struct {
	image  reference.Image
	digest digest.Digest
}

// keepWithKept keeps what is attached to something that is kept after all, what lists that or is listed by it, and what
// that is attached to in turn.
func (p *prune) keepWithKept() {
	for again := true; again; {
		again = false
		kept, needed := p.kept()
		for i := range p.result.All {
			o := &p.result.All[i]
			listsKept := slices.ContainsFunc(o.Lists, func(d digest.Digest) bool { return kept[place{o.Image, d}] })
			if o.KeepReason == "" && (listsKept || kept[place{o.Image, o.Subject}] || needed[place{o.Image, o.Digest}]) {
				o.KeepReason, again = "it belongs to something that stays", true
			}
		}
	}
}

// kept returns the digests of what is kept, and those that it names or lists.
func (p *prune) kept() (kept, needed map[place]bool) {
	kept, needed = map[place]bool{}, map[place]bool{}
	for _, o := range p.result.All {
		if o.KeepReason == "" {
			continue
		}
		kept[place{o.Image, o.Digest}], needed[place{o.Image, o.Subject}] = true, true
		for _, d := range o.Lists {
			needed[place{o.Image, d}] = true
		}
	}
	return kept, needed
}
