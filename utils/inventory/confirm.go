package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// confirm looks once more at everything that may go, in ways that fail loudly, and keeps what may be needed:
//
//   - its subject is there after all, or it cannot be told;
//   - the folder of its image shows more than the search did;
//   - the subject is in another repository, and this may be the only copy of what hangs on it, or the place where it is kept
//     (cosign's COSIGN_REPOSITORY), as an image path without any image of its own is.
func (p *prune) confirm(ctx context.Context) error {
	var subjects []digest.Digest
	for _, o := range p.result.All {
		if o.Keep == "" {
			subjects = append(subjects, o.Root)
		}
	}
	slices.Sort(subjects)
	subjects = slices.Compact(subjects)
	p.begin("confirming", len(subjects))
	holders, err := p.holders(ctx, subjects)
	if err != nil {
		return err
	}
	for path, orphans := range byImage(p.result.All) {
		if err := p.confirmImage(ctx, p.own.shelves[path], orphans, holders); err != nil {
			return err
		}
	}
	p.keepWithKept()
	return nil
}

// byImage gives the orphans that may go, by image path.
func byImage(all []Orphan) map[string][]*Orphan {
	images := map[string][]*Orphan{}
	for i := range all {
		if o := &all[i]; o.Keep == "" {
			images[o.Image.Path] = append(images[o.Image.Path], o)
		}
	}
	return images
}

func (p *prune) confirmImage(ctx context.Context, s *shelf, orphans []*Orphan, holders map[digest.Digest][]manifest.Stored) error {
	hidden, err := p.hidden(ctx, s)
	if err != nil {
		return err
	}
	return each(ctx, readsAtOnce, orphans, func(ctx context.Context, o *Orphan) error {
		defer p.done()
		o.Keep = hidden
		var err error
		if o.Keep == "" {
			o.Keep, err = p.present(ctx, o)
		}
		if o.Keep == "" && err == nil {
			o.Keep, err = p.serves(ctx, s, o, holders[o.Root])
		}
		return err
	})
}

// hidden tells why an image may hold more than the search showed, or nothing.
func (p *prune) hidden(ctx context.Context, s *shelf) (string, error) {
	names, err := p.Lister.Folders(ctx, s.image.String())
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return fmt.Sprintf("its image cannot be looked at: %v", err), nil
	}
	for _, name := range names {
		if _, seen := s.folders[name]; seen || !mayHoldManifest(name) || p.nested(s.image.Path+"/"+name) {
			continue
		}
		switch _, err := p.Prober.Resolve(ctx, s.image, name); {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil:
			return name + " is in its image, and the search does not show it yet", nil
		case !absent(err):
			return fmt.Sprintf("%s in its image cannot be looked at: %v", name, err), nil
		}
	}
	return "", nil
}

func mayHoldManifest(name string) bool {
	_, byDigest := reference.ParseDigestFolder(name)
	return byDigest || reference.CheckTag(name) == nil
}

// nested tells whether an image was found at or below a path.
func (p *prune) nested(path string) bool {
	for other := range p.own.shelves {
		if other == path || strings.HasPrefix(other, path+"/") {
			return true
		}
	}
	return false
}

// present tells why an orphan's subject may be there after all.
func (p *prune) present(ctx context.Context, o *Orphan) (string, error) {
	_, err := p.Prober.Resolve(ctx, o.Image, o.Root.String())
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return "its subject is there, and the search does not show it yet", nil
	case !absent(err):
		return fmt.Sprintf("it cannot be told whether its subject is there: %v", err), nil
	}
	return "", nil
}

// serves tells whom an orphan may serve elsewhere.
func (p *prune) serves(ctx context.Context, s *shelf, o *Orphan, holders []manifest.Stored) (string, error) {
	own := s.holdsImages(p.library)
	if !own && !p.complete {
		return "its image path holds attachments only, and just an administrator can tell whom they serve", nil
	}
	for _, h := range holders {
		if h.Image.Repo == o.Image.Repo && h.Image == o.Image {
			continue
		}
		if h.Image.Repo == o.Image.Repo {
			return fmt.Sprintf("its subject is in %s, and the search does not show it yet", h.Image), nil
		}
		if !own {
			return fmt.Sprintf("its image path holds attachments only, and its subject is in %s", h.Image), nil
		}
		if why, err := p.onlyCopy(ctx, o, h.Image); why != "" || err != nil {
			return why, err
		}
	}
	return "", nil
}

// onlyCopy tells whether an image elsewhere that has the subject lacks the attachment.
func (p *prune) onlyCopy(ctx context.Context, o *Orphan, image reference.Image) (string, error) {
	_, err := p.Prober.Resolve(ctx, image, o.Name)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		// Whether it is not there or cannot be told: here is the only one that is known.
		return fmt.Sprintf("its subject is in %s, which lacks it: run repair there first", image), nil //nolint:nilerr // an answer, see above
	case o.Storage == attachment.Fallback:
		return fmt.Sprintf("its subject is in %s, whose fallback tag may lack entries", image), nil
	}
	return "", nil
}

// place is a digest in an image.
type place struct {
	image  reference.Image
	digest digest.Digest
}

// keepWithKept keeps what hangs on something that is kept after all, what that lists, and what that hangs on in turn.
func (p *prune) keepWithKept() {
	for again := true; again; {
		again = false
		kept, needed := p.kept()
		for i := range p.result.All {
			o := &p.result.All[i]
			if o.Keep == "" && (kept[place{o.Image, o.Subject}] || needed[place{o.Image, o.Digest}]) {
				o.Keep, again = "it belongs to something that stays", true
			}
		}
	}
}

// kept gives the digests of what is kept, and those that it names or lists.
func (p *prune) kept() (kept, needed map[place]bool) {
	kept, needed = map[place]bool{}, map[place]bool{}
	for _, o := range p.result.All {
		if o.Keep == "" {
			continue
		}
		kept[place{o.Image, o.Digest}], needed[place{o.Image, o.Subject}] = true, true
		c, _ := p.library.known(o.Digest)
		for _, one := range c.children {
			needed[place{o.Image, one.digest}] = true
		}
	}
	return kept, needed
}
