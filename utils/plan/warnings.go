package plan

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

func (p *Plan) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// warnOfRecords tells, once for an image, when a record with attachments of its own changes its digest: they are
// attached to the old one.
func (p *Plan) warnOfRecords() {
	var signed, extended []string
	for _, s := range p.Of(UpdateAttachment, MergeAttachment) {
		tag := path.Base(s.Path)
		if s.Action == MergeAttachment && len(p.Graph.Of(s.Digest)) > 0 {
			signed = append(signed, tag)
		}
		replaced := slices.ContainsFunc(p.Items, func(i Item) bool {
			return i.Path == s.Path &&
				i.Transfer == TransferReplace
		})
		if s.Before != "" && !replaced {
			extended = append(extended, tag)
		}
	}
	warnOf(p, signed, "is merged at the target and gets a new digest: what hangs on the source's own digest (a signature on the signature) arrives, "+
		"but no longer hangs on the record that verifiers find. Sign it again at the target.")
	warnOf(p, extended, "is extended at the target: what somebody attached to the record itself there hangs on its old digest. Sign it again if it matters.")
}

// warnOfFallbacks tells, once for an image, what was wrong with fallback tags.
func (p *Plan) warnOfFallbacks() {
	warnOf(p, p.repaired, "is a fallback tag with entries of another artifactType than their manifests have, as cosign 2 writes them: verifiers that filter by it "+
		"do not find those. They are repaired at the target; the source stays as it is.")
	left := make([]string, 0, len(p.LeftAlone))
	for _, folder := range p.LeftAlone {
		left = append(left, path.Base(folder))
	}
	warnOf(p, left, "holds an image at the target, as `cosign copy` leaves it; it is left alone, since the referrers API lists what is attached.")
}

// warnOfWaived reports what --on-conflict gives up: guarantee 2 is waived for that record.
func (p *Plan) warnOfWaived(a attachment.Attachment, theirs manifest.Manifest, transfer Transfer) {
	switch {
	case transfer == TransferReplace:
		p.warn("%s at the target, %s, is replaced as --on-conflict says: what only it held is not found any more", a.Tag,
			theirs.Digest)
	case p.OnConflict.Waives(a, theirs):
		p.warn("%s of the source, %s, stays behind as --on-conflict says: the target keeps %s", a.Tag, a.Manifest.Digest,
			theirs.Digest)
	}
}

const (
	// predicateNote is where cosign notes the type of an attestation.
	predicateNote = "predicateType"
	// pile is how many attestations of a type may stay at the target that the source no longer has, before that is
	// worth a word.
	pile = 2
)

// warnOfPile reports when attestations of one type pile up: those that were replaced at the source (cosign attest
// --replace) stay at the target. Whose they are, their envelopes tell alone, which are not read for this.
func (p *Plan) warnOfPile(a attachment.Attachment, theirs manifest.Manifest, transfer Transfer) {
	if !isList(a.Kind, a.Manifest, theirs) || a.Kind != attachment.KindAttestation || transfer == TransferReplace {
		return
	}
	mine, older := map[string]bool{}, map[string]int{}
	for _, e := range a.Manifest.Entries() {
		mine[e.Annotations[predicateNote]] = true
	}
	held := theirs.Entries()
	for _, i := range a.Manifest.Lacking(held) {
		older[held[i].Annotations[predicateNote]]++
	}
	for _, predicateType := range slices.Sorted(maps.Keys(older)) {
		if n := older[predicateType]; n >= pile && mine[predicateType] {
			p.warn("%s at the target keeps %d attestations of the type %s that the source no longer has; if they were replaced there, "+
				"--on-conflict 'att=replace;merge' leaves the source's record alone at the target", a.Tag, n, orNone(predicateType))
		}
	}
}

func orNone(text string) string { return cmp.Or(text, "(none)") }

// warnOfVerifiers tells, once for an image, what verifiers at the target will make of the layouts that meet there.
func (p *Plan) warnOfVerifiers(t Target) {
	var masked, bundled, named []digest.Digest
	for _, d := range p.Graph.ImageDigests() {
		hasTag, hasBundle := p.layouts(d, t)
		if (hasTag || t.Sigs[d]) && hasBundle {
			masked = append(masked, d)
		}
		if hasBundle {
			bundled = append(bundled, d)
		}
		if hasTag && p.Source.Image != p.Target.Image {
			named = append(named, d)
		}
	}
	warnOf(p, masked, "has a .sig and a sigstore bundle: cosign 2.6 and 3 look at bundles alone and do not find the signatures in the .sig. "+
		"Verify those with cosign 3 --new-bundle-format=false, or sign again as a bundle.")
	warnOf(p, bundled, "has a sigstore bundle: cosign 2.6 without access to the internet refuses it. Give it --trusted-root, or use cosign 3.")
	warnOf(p, named, "has a .sig made for "+p.Source.Image.String()+": podman, skopeo and CRI-O refuse it under another name, unless their policy says "+
		"exactRepository with that name, or it was signed with --sign-container-identity. cosign does not mind.")
}

// warnOf tells something of the first of several manifests or tags, and how many more there are.
func warnOf[T ~string](p *Plan, names []T, text string) {
	switch len(names) {
	case 0:
	case 1:
		p.warn("%s %s", names[0], text)
	default:
		p.warn("%s, as %d more of this image, %s", names[0], len(names)-1, text)
	}
}

// layouts reports whether signatures of a digest meet at the target behind a .sig tag and as bundles.
func (p *Plan) layouts(d digest.Digest, t Target) (hasTag, hasBundle bool) {
	hasBundle = t.Bundles[d]
	for _, a := range p.Graph.Of(d) {
		hasTag = hasTag || (a.Kind == attachment.KindSignature && a.Storage == attachment.SuffixTag)
		hasBundle = hasBundle || a.Kind == attachment.KindBundle
	}
	return hasTag, hasBundle
}
