package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// bench judges the tags of one shelf.
type bench struct {
	*audit
	shelf *shelf
	held  map[digest.Digest]bool
	// verdicts holds what was decided of a digest: several tags can name it. A tag whose own folder lacks files is
	// decided on by itself.
	verdicts map[judged]verdict
	probe    *probe
	// named holds the folders in folders on the shelf that a finding names.
	named map[string]bool
}

// judged is a digest that is decided on. proved tells that it satisfies a policy, which counts as a signature; torn is
// its tag where the folder of that lacks files.
type judged struct {
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

func (b *bench) judge(ctx context.Context) ([]Image, error) {
	b.held, b.verdicts, b.named = b.shelf.digests(), map[judged]verdict{}, map[string]bool{}
	b.probe = &probe{survey: b.survey, shelves: b.views(), prefix: b.Prefix}
	var images []Image
	for _, tag := range b.shelf.roots() {
		f := b.shelf.folders[tag]
		if f.changed.Before(b.Since) {
			continue
		}
		image, err := b.tag(ctx, tag, f)
		if err != nil {
			return nil, err
		}
		if image != nil {
			images = append(images, *image)
		}
	}
	b.nestedOfNone()
	return images, nil
}

// views returns the shelves on which attachments of this image are looked for.
func (b *bench) views() []*shelf { return append([]*shelf{b.shelf}, b.places...) }

// tag decides on one tag; nil when it turns out to be gone.
func (b *bench) tag(ctx context.Context, tag string, f folder) (*Image, error) {
	image := &Image{Reference: reference.Reference{Image: b.shelf.image, Tag: tag, Digest: f.digest}, Changed: f.changed}
	verified, proved, err := b.verify(ctx, image)
	if err != nil {
		return nil, err
	}
	key := judged{digest: f.digest, proved: proved, unsatisfied: image.Verified != nil && !*image.Verified}
	if _, lacks := b.shelf.torn[tag]; lacks {
		key.torn = tag
	}
	v, known := b.verdicts[key]
	if !known {
		var gone bool
		if v, gone, err = b.decide(ctx, tag, key); err != nil || gone {
			return nil, err
		}
		b.verdicts[key] = v
	}
	image.State, image.Findings, image.FoundIn = v.state, append(slices.Clone(v.findings), verified...), v.foundIn
	if b.Verifier != nil && image.Verified == nil {
		image.State = Unknown
	}
	return image, nil
}

// decide judges what the search showed, and what is not good after that once more, with what probes show.
func (b *bench) decide(ctx context.Context, tag string, j judged) (v verdict, gone bool, err error) {
	e := b.evidence(j)
	if err := b.sieve(ctx, &e); err != nil {
		return verdict{}, false, err
	}
	state, findings := judge(e, b.Required)
	if state != Signed && state != Unknown {
		seen, err := b.probe.confirm(ctx, tag, j.digest, e)
		if err != nil || seen.gone {
			return verdict{}, seen.gone, err
		}
		e = b.evidence(j)
		if err := b.sieve(ctx, &e); err != nil {
			return verdict{}, false, err
		}
		seen.correct(&e)
		state, findings = judge(e, b.Required)
	}
	return verdict{state: state, findings: findings, foundIn: places(e.left)}, false, nil
}

// places returns the images that have what was left behind, each once, sorted.
func places(left []leftBehind) []reference.Image {
	var all []reference.Image
	for _, l := range left {
		all = append(all, l.in...)
	}
	slices.SortFunc(all, func(a, b reference.Image) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(all)
}

// evidence collects what the shelves show of an image.
func (b *bench) evidence(j judged) evidence {
	e := evidence{signed: map[digest.Digest]bool{j.digest: j.proved}, kinds: map[attachment.Kind]bool{}}
	b.walk(&e, j.digest)
	b.ofFiles(&e, j.torn)
	b.ofOpaque(&e, j.digest)
	seen := map[digest.Digest]bool{}
	for _, d := range e.digests {
		for _, s := range b.views() {
			e.signed[d] = e.signed[d] || s.isSigned(d, b.Prefix)
		}
	}
	for next := slices.Concat(e.digests, e.attesting); len(next) > 0; next = next[1:] {
		if d := next[0]; !seen[d] {
			seen[d] = true
			next = append(next, b.hooks(&e, d, j.unsatisfied)...)
		}
	}
	// A platform's attestation that the index lists is a part of the image, also where a registry lists it as a
	// referrer.
	own := slices.Concat(e.digests, e.attesting)
	e.left = slices.DeleteFunc(e.left, func(l leftBehind) bool {
		return slices.ContainsFunc(own, func(d digest.Digest) bool {
			return l.name == reference.DigestFolder(d) &&
				b.held[d]
		})
	})
	return e
}

// hooks takes what is attached to a subject, and gives the digests of that: something may are attached to them in turn.
func (b *bench) hooks(e *evidence, subject digest.Digest, unsatisfied bool) []digest.Digest {
	var next []digest.Digest
	for _, s := range b.views() {
		e.nested = append(e.nested, b.nestedOn(s, subject)...)
		for _, h := range s.on(subject) {
			finding := Finding{Subject: subject, Name: h.name, Message: h.why}
			switch h.condition {
			case sound:
				if h.none {
					finding.Problem, finding.Message = NoSignature, h.name+" holds no signature"
					e.empty = append(e.empty, finding)
				} else {
					e.kinds[h.kind] = true
				}
				next = append(next, h.digest)
			case unread:
				finding.Problem = Unreadable
				e.doubt = append(e.doubt, finding)
			case dangling, unlisted:
				finding.Problem, finding.Unlisted = Damaged, h.condition == unlisted
				e.damage = append(e.damage, finding)
			}
		}
	}
	if why, doubtful := b.unread[subject]; doubtful {
		e.doubt = append(e.doubt, Finding{Problem: Unreadable, Subject: subject, Message: why})
	}
	e.left = append(e.left, b.leftBehind(subject, b.views(), unsatisfied)...)
	return next
}

// walk lists the root and what is below it, and notes what is not there or could not be read.
func (b *bench) walk(e *evidence, root digest.Digest) {
	e.digests = []digest.Digest{root}
	for i := 0; i < len(e.digests); i++ {
		d := e.digests[i]
		c, known := b.library.known(d)
		if i > 0 && !b.held[d] {
			continue // what is below something that is not there is not there either
		}
		if !known && b.isList(d) {
			e.doubt = append(e.doubt, Finding{Problem: Unreadable, Subject: d, Message: "the index cannot be read"})
		}
		for _, one := range c.children {
			if slices.Contains(e.digests, one.digest) {
				continue
			}
			if !b.held[one.digest] && !slices.Contains(e.missing, one.digest) {
				e.missing = append(e.missing, one.digest)
			}
			if one.attests {
				e.attesting = append(e.attesting, one.digest)
				continue
			}
			e.digests = append(e.digests, one.digest)
		}
	}
}

func (b *bench) isList(d digest.Digest) bool {
	for _, f := range b.shelf.folders {
		if f.digest == d && f.list {
			return true
		}
	}
	return false
}

// verify holds an image to the policy, if there is one.
func (b *bench) verify(ctx context.Context, image *Image) (findings []Finding, proved bool, err error) {
	if b.Verifier == nil {
		return nil, false, nil
	}
	proved, problem := b.Verifier.Verify(ctx, image.Reference)
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
