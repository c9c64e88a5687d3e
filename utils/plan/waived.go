package plan

import (
	"path"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Waives reports whether --on-conflict leaves the target with a record of its own that does not include the source's:
// then the source's is nowhere else.
func (c Conflict) Waives(a attachment.Attachment, theirs manifest.Manifest) bool {
	return a.Storage == attachment.SuffixTag && c.For(a.Kind) == OnConflictKeep && theirs.Digest != "" && theirs.Digest != a.Manifest.Digest &&
		(!isList(a.Kind, a.Manifest, theirs) || !theirs.Covers(a.Manifest))
}

// waivedReason reports why a record that was waived, and what is attached to it, stays at the source.
const waivedReason = "the target keeps a record of its own (--on-conflict)"

// LeaveWaived takes out of the deletes of a move the records that the target was not given, and what is attached to
// those. held gives the target's records by their folders.
func (p *Plan) LeaveWaived(deletes []Step, held func(folder string) (manifest.Manifest, bool)) (goes []Step, stays []Stay) {
	waived := map[string]bool{}
	by := map[digest.Digest][]string{}
	for _, item := range p.Items {
		target, carried := p.Home(item.Home)
		theirs, known := held(target.Folder(item.Name()))
		if carried && target != item.Home && known && p.OnConflict.Waives(item.Attachment, theirs) {
			waived[item.Folder()] = true
			p.needs(by, item.Manifest.Digest, item.Tag)
		}
	}
	if len(waived) == 0 {
		return deletes, nil
	}
	for _, step := range deletes {
		switch needing := by[step.Digest]; {
		case waived[step.Path]:
			stays = append(stays, Stay{
				Path: step.Path, Digest: step.Digest, By: []string{path.Base(step.Path)},
				Reason: waivedReason,
			})
		case step.Action != DeleteTag && len(needing) > 0:
			stays = append(stays, Stay{Path: step.Path, Digest: step.Digest, By: needing, Reason: waivedReason})
		default:
			goes = append(goes, step)
		}
	}
	return goes, stays
}

// needs notes for everything that is below a digest, or attached to it in turn, the tag that it stays for.
func (p *Plan) needs(by map[digest.Digest][]string, d digest.Digest, tag string) {
	if slices.Contains(by[d], tag) {
		return
	}
	by[d] = append(by[d], tag)
	for _, below := range p.Graph.Below(d)[1:] {
		p.needs(by, below, tag)
	}
	for _, a := range p.Graph.Of(d) {
		p.needs(by, a.Manifest.Digest, tag)
	}
}

// staysSigned reports whether a record of the source signs the image at the target: itself, or what the target keeps in
// its place.
func (p *Plan) staysSigned(t Target) bool {
	return slices.ContainsFunc(p.Graph.Of(p.Graph.Root), func(a attachment.Attachment) bool {
		target, carried := p.Home(a.Home)
		if theirs := t.Records[target.Folder(a.Name())]; carried && target != a.Home && p.OnConflict.Waives(a, theirs) {
			a.Manifest = theirs
		}
		return !a.Unlisted && a.IsSignature(p.Prefix)
	})
}

// DependsOnTarget reports that the image is signed at the target only if the target has a signature of its own, which
// --on-conflict keeps: see Target.Signed.
func (p *Plan) DependsOnTarget(t Target) bool {
	return p.OnConflict.For(attachment.KindSignature) == OnConflictKeep && !p.SameImage() && !p.Proved && !p.staysSigned(t)
}

// Leave makes of a target's graph that which the plan leaves there: what it brings is added, and what it replaces taken
// out. What it does not bring, because the target keeps a record of its own, is not there.
func (p *Plan) Leave(g *attachment.Graph) {
	for _, item := range p.Items {
		target, carried := p.Home(item.Home)
		if !carried || item.Transfer == TransferNone || item.Transfer == TransferKeep {
			continue
		}
		if item.Transfer == TransferReplace {
			g.Drop(target, item.Tag)
		}
		g.Adopt(item.Attachment)
	}
}
