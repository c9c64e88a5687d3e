package prune

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// missing returns what must be nowhere before an orphan may go: the end of its chain, and what it is attached to
// itself. An SBOM whose image is gone can be an image of its own in another repository, and its signature here the only
// one. What is between the two is the subject of another orphan, which keeps this one where it stays.
func (o Orphan) missing() []digest.Digest {
	if o.Subject == o.Root {
		return []digest.Digest{o.Root}
	}
	return []digest.Digest{o.Root, o.Subject}
}

// serves reports whom an orphan may serve elsewhere: a subject that is anywhere keeps it.
func (p *prune) serves(ctx context.Context, o *Orphan, holders map[digest.Digest][]manifest.Stored) (string, error) {
	for _, subject := range o.missing() {
		if p.concealed[subject] {
			o.Back = true
			return "something with the digest of its subject is where you may not read", nil
		}
		why, err := p.servesIn(ctx, o, subject, holders[subject])
		if why != "" || err != nil {
			return why, err
		}
	}
	return "", nil
}

func (p *prune) servesIn(ctx context.Context, o *Orphan, subject digest.Digest,
	holders []manifest.Stored,
) (string, error) {
	orphaned := map[reference.Image]bool{}
	for _, h := range holders {
		switch {
		case h.Image == o.Image:
		case h.Image.Repo == o.Image.Repo && slices.Contains(p.held[subject], h.Image.Path):
			// It was weighed when the orphans were found.
		case h.Image.Repo == o.Image.Repo:
			o.Back = true
			return fmt.Sprintf("its subject is in %s, and the search does not show it yet", h.Image), nil
		case subject != o.Root && p.orphanedToo(o, h):
			orphaned[h.Image] = true
		default:
			return p.needs(ctx, o, h.Image)
		}
	}
	for _, repo := range p.Subjects {
		image := reference.Image{Repo: repo, Path: o.Image.Path}
		if orphaned[image] {
			continue
		}
		switch _, err := p.Prober.Resolve(ctx, image, subject.String()); {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil:
			return p.needs(ctx, o, image)
		case !inventory.Absent(err):
			return fmt.Sprintf("it cannot be told whether its subject is in %s: %v", image, err), nil
		}
	}
	return "", nil
}

// orphanedToo reports whether what an orphan is attached to is in another repository as the same orphan: under the same
// name, which, or whose manifest, attaches it to the same subject that is nowhere. Otherwise two repositories would
// keep each other's orphans for ever.
func (p *prune) orphanedToo(o *Orphan, h manifest.Stored) bool {
	if p.own.Images[o.Image.Path].Folders[h.Folder].Digest != h.Digest {
		return false
	}
	if _, named := attachment.Named(h.Folder); named {
		return true
	}
	info, known := p.manifests.Known(h.Digest)
	return known && info.Subject != "" && !info.Shape.Runs
}

// needs reports whether an image elsewhere that has the subject lacks the attachment, too.
func (p *prune) needs(ctx context.Context, o *Orphan, image reference.Image) (string, error) {
	o.Back = true
	_, err := p.Prober.Resolve(ctx, image, o.Name)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	why := "its subject is in " + image.String()
	if err != nil {
		// Whether it is not there or cannot be told: here is the only one that is known.
		why += ", which lacks it: run repair there first"
	}
	return why, nil
}
