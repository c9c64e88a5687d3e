package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// imageAudit judges the tags of one image.
type imageAudit struct {
	*audit
	index *inventory.ImageIndex
	held  map[digest.Digest]bool
	// verdicts holds what was decided of a digest: several tags can name it. A tag whose own folder lacks files is
	// decided on by itself.
	verdicts map[verdictKey]verdict
	probe    *probe
	// named holds the folders in folders in the image that a finding names.
	named map[string]bool
}

// verdictKey is a digest that is decided on. proved reports that it satisfies a policy, which counts as a signature;
// torn is its tag where the folder of that lacks files.
type verdictKey struct {
	digest digest.Digest
	proved bool
	// unsatisfied reports that it does not satisfy a policy: then other entries of a record it has may help.
	unsatisfied bool
	torn        string
}

// verdict is what was decided on a digest.
type verdict struct {
	state    State
	findings []Finding
	foundIn  []reference.Image
}

func (a *imageAudit) classify(ctx context.Context) ([]Image, error) {
	a.held, a.verdicts, a.named = a.index.Digests(), map[verdictKey]verdict{}, map[string]bool{}
	a.probe = &probe{Discovery: a.discovery, indexes: a.views(), prefix: a.Prefix}
	var images []Image
	for _, tag := range a.index.Roots() {
		f := a.index.Folders[tag]
		if f.Changed.Before(a.Since) {
			continue
		}
		image, err := a.tag(ctx, tag, f)
		if err != nil {
			return nil, err
		}
		if image != nil {
			images = append(images, *image)
		}
	}
	a.nestedOfNone()
	return images, nil
}

// views returns the images on which attachments of this image are looked for.
func (a *imageAudit) views() []*inventory.ImageIndex {
	return append([]*inventory.ImageIndex{a.index}, a.places...)
}

// tag decides on one tag; nil when it turns out to be gone.
func (a *imageAudit) tag(ctx context.Context, tag string, f inventory.Folder) (*Image, error) {
	image := &Image{Reference: reference.Reference{Image: a.index.Image, Tag: tag, Digest: f.Digest}, Changed: f.Changed}
	verified, proved, err := a.verify(ctx, image)
	if err != nil {
		return nil, err
	}
	key := verdictKey{digest: f.Digest, proved: proved, unsatisfied: image.Verified != nil && !*image.Verified}
	if _, lacks := a.torn.found[a.index.Image.Folder(tag)]; lacks {
		key.torn = tag
	}
	v, known := a.verdicts[key]
	if !known {
		var gone bool
		if v, gone, err = a.decide(ctx, tag, key); err != nil || gone {
			return nil, err
		}
		a.verdicts[key] = v
	}
	image.State, image.Findings, image.FoundIn = v.state, append(slices.Clone(v.findings), verified...), v.foundIn
	if a.Verifier != nil && image.Verified == nil {
		image.State = Unknown
	}
	return image, nil
}

// decide judges what the search showed, and what is not good after that once more, with what probes show.
func (a *imageAudit) decide(ctx context.Context, tag string, j verdictKey) (v verdict, gone bool, err error) {
	o := a.observe(j)
	if err := a.dropDenied(ctx, &o); err != nil {
		return verdict{}, false, err
	}
	state, findings := classify(o, a.Required)
	if state != Signed && state != Unknown {
		seen, err := a.probe.confirm(ctx, tag, j.digest, o)
		if err != nil || seen.gone {
			return verdict{}, seen.gone, err
		}
		o = a.observe(j)
		if err := a.dropDenied(ctx, &o); err != nil {
			return verdict{}, false, err
		}
		seen.correct(&o)
		state, findings = classify(o, a.Required)
	}
	return verdict{state: state, findings: findings, foundIn: places(o.missingHere)}, false, nil
}

// places returns the images that have what was left behind, each once, sorted.
func places(left []missingHere) []reference.Image {
	var all []reference.Image
	for _, l := range left {
		all = append(all, l.in...)
	}
	slices.SortFunc(all, func(a, b reference.Image) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(all)
}

// observe collects what the images show of an image.
func (a *imageAudit) observe(j verdictKey) observation {
	o := observation{signed: map[digest.Digest]bool{j.digest: j.proved}, kinds: map[attachment.Kind]bool{}}
	a.walk(&o, j.digest)
	a.ofFiles(&o, j.torn)
	a.ofOpaque(&o, j.digest)
	seen := map[digest.Digest]bool{}
	for _, d := range o.digests {
		for _, index := range a.views() {
			o.signed[d] = o.signed[d] || index.IsSigned(d, a.Prefix)
		}
	}
	for next := slices.Concat(o.digests, o.attesting); len(next) > 0; next = next[1:] {
		if d := next[0]; !seen[d] {
			seen[d] = true
			next = append(next, a.attachedTo(&o, d, j.unsatisfied)...)
		}
	}
	// A platform's attestation that the index lists is a part of the image, also where a registry lists it as a
	// referrer.
	own := slices.Concat(o.digests, o.attesting)
	o.missingHere = slices.DeleteFunc(o.missingHere, func(l missingHere) bool {
		return slices.ContainsFunc(own, func(d digest.Digest) bool {
			return l.name == reference.DigestFolder(d) &&
				a.held[d]
		})
	})
	return o
}

// attachedTo takes what is attached to a subject, and returns the digests of that: something may be attached to them in
// turn.
func (a *imageAudit) attachedTo(o *observation, subject digest.Digest, unsatisfied bool) []digest.Digest {
	var next []digest.Digest
	for _, index := range a.views() {
		o.nested = append(o.nested, a.nestedOn(index, subject)...)
		for _, h := range index.AttachedTo(subject) {
			finding := Finding{Subject: subject, Name: h.Name, Message: h.Why}
			switch h.Condition {
			case inventory.Sound:
				if h.None {
					finding.Problem, finding.Message = NoSignature, h.Name+" holds no signature"
					o.empty = append(o.empty, finding)
				} else {
					o.kinds[h.Kind] = true
				}
				next = append(next, h.Digest)
			case inventory.Doubtful:
				finding.Problem = Unreadable
				o.doubt = append(o.doubt, finding)
			case inventory.Dangling, inventory.Unlisted:
				finding.Problem, finding.Unlisted = Damaged, h.Condition == inventory.Unlisted
				o.damage = append(o.damage, finding)
			}
		}
	}
	if why, doubtful := a.unread[subject]; doubtful {
		o.doubt = append(o.doubt, Finding{Problem: Unreadable, Subject: subject, Message: why})
	}
	o.missingHere = append(o.missingHere, a.missingFrom(subject, a.views(), unsatisfied)...)
	return next
}

// walk lists the root and what is below it, and notes what is not there or could not be read.
func (a *imageAudit) walk(o *observation, root digest.Digest) {
	o.digests = []digest.Digest{root}
	for i := 0; i < len(o.digests); i++ {
		d := o.digests[i]
		info, known := a.manifests.Known(d)
		if i > 0 && !a.held[d] {
			continue // what is below something that is not there is not there either
		}
		if !known && a.isList(d) {
			o.doubt = append(o.doubt, Finding{Problem: Unreadable, Subject: d, Message: "the index cannot be read"})
		}
		for _, one := range info.Children {
			if slices.Contains(o.digests, one.Digest) {
				continue
			}
			if !a.held[one.Digest] && !slices.Contains(o.missing, one.Digest) {
				o.missing = append(o.missing, one.Digest)
			}
			if one.Attests {
				o.attesting = append(o.attesting, one.Digest)
				continue
			}
			o.digests = append(o.digests, one.Digest)
		}
	}
}

func (a *imageAudit) isList(d digest.Digest) bool {
	for _, f := range a.index.Folders {
		if f.Digest == d && f.List {
			return true
		}
	}
	return false
}

// verify holds an image to the policy, if there is one.
func (a *imageAudit) verify(ctx context.Context, image *Image) (findings []Finding, proved bool, err error) {
	if a.Verifier == nil {
		return nil, false, nil
	}
	proved, problem := a.Verifier.Verify(ctx, image.Reference)
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	verified := problem == nil
	var lacks UnsatisfiedError
	if verified || errors.As(problem, &lacks) {
		image.Verified = &verified
	}
	switch {
	case verified:
	case image.Verified != nil:
		findings = []Finding{{Problem: NotVerified, Subject: image.Digest, Message: "does not satisfy the policy: " +
			lacks.Error()}}
	default:
		findings = []Finding{{
			Problem: Unreadable, Subject: image.Digest,
			Message: fmt.Sprintf("whether it satisfies the policy cannot be told: %v", problem),
		}}
	}
	return findings, proved, nil
}
