package plan

import (
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// referrer pushes a referrer, or an entry of a fallback tag, unless the target has and lists it already.
func (p *Plan) referrer(a attachment.Attachment, step Step, t Target) {
	if t.Held[step.Path] && (t.Listed[step.Path] || p.inFallback(step.Target, a, t)) {
		p.Items = append(p.Items, Item{Attachment: a, Transfer: TransferNone})
		return
	}
	p.Items = append(p.Items, Item{Attachment: a, Transfer: TransferCopy, Path: step.Path})
	if slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action == PushReferrer && s.Path == step.Path }) {
		return
	}
	step.Action = PushReferrer
	p.Steps = append(p.Steps, step)
}

// inFallback reports whether the target's fallback tag lists an entry that no referrers API can list: there is none, or
// the entry names no subject. Where there is one, its clients look nowhere else.
func (p *Plan) inFallback(target reference.Image, a attachment.Attachment, t Target) bool {
	if p.ListsReferrers() && a.Manifest.Content.Subject != nil {
		return false
	}
	theirs := t.Records[target.Folder(reference.FallbackTag(a.Subject))]
	return lists(theirs, a.Manifest.Digest)
}

func lists(index manifest.Manifest, d digest.Digest) bool {
	return slices.ContainsFunc(index.Content.Manifests, func(e ocispec.Descriptor) bool { return e.Digest == d })
}

// fallbacks adds the fallback tags that the target needs: where the source has one, where the target has one that would
// fall behind, and where the server has no referrers API to make it unnecessary.
func (p *Plan) fallbacks(t Target) {
	type key struct {
		home    reference.Image
		subject digest.Digest
	}
	done := map[key]bool{}
	for _, a := range p.Graph.Attachments {
		k := key{a.Home, a.Subject}
		target, carried := p.Home(a.Home)
		if a.Storage == attachment.SuffixTag || done[k] || !carried || target == a.Home {
			continue
		}
		done[k] = true
		p.fallback(a.Home, target, a.Subject, t)
	}
}

func (p *Plan) fallback(home, target reference.Image, subject digest.Digest, t Target) {
	tag := reference.FallbackTag(subject)
	if t.Leftovers[target.Folder(tag)] {
		p.leftover(target, subject)
		return
	}
	theirs, exists := t.Records[target.Folder(tag)]
	mine := p.Graph.Fallback(home, subject)
	if mine.Digest == "" && p.ListsReferrers() && !exists {
		return
	}
	union, repaired, err := Fallback(p.Graph, home, subject, theirs)
	if err != nil {
		p.blocked = failure.Refuse(failure.Target, "Look at it with 'jf signed-promote status'.",
			"%s cannot be joined with what the source has: %v", target.Tagged(tag), err)
		return
	}
	if union.Digest == theirs.Digest {
		return
	}
	if repaired {
		p.repaired = append(p.repaired, tag)
	}
	t.Records[target.Folder(tag)] = union
	p.Steps = append(p.Steps, Step{
		Action: UpdateFallback, Path: target.Folder(tag), From: home.Folder(tag), Digest: union.Digest, Manifest: union,
		Before: theirs.Digest, Subject: subject, Home: home, Target: target,
	})
}

// Fallback returns the fallback index that a target with the index theirs, or none, is to have for a subject: theirs
// when it lists all, the source's own bytes when there is nothing to join or repair, else the union of both. repaired
// tells that an entry of the source had another artifactType than its manifest, as ggcr before 0.21 wrote it, so that
// verifiers which filter by it would not find it.
func Fallback(g *attachment.Graph, home reference.Image, subject digest.Digest,
	theirs manifest.Manifest,
) (index manifest.Manifest, repaired bool, err error) {
	var read []manifest.Manifest
	for _, a := range g.Of(subject) {
		if a.Storage != attachment.SuffixTag && a.Home == home {
			read = append(read, a.Manifest)
		}
	}
	mine := g.Fallback(home, subject)
	damaged := slices.ContainsFunc(mine.Content.Manifests, func(d ocispec.Descriptor) bool { return isDamaged(d, read) })
	switch {
	case !slices.ContainsFunc(read, func(m manifest.Manifest) bool { return !lists(theirs, m.Digest) }):
		return theirs, false, nil
	case theirs.Digest == "" && !damaged && listsExactly(mine, read):
		return mine, false, nil
	}
	index, err = merge.Index(theirs, read)
	return index, damaged, err
}

// listsExactly reports whether an index has one entry for each of the manifests, and no other.
func listsExactly(index manifest.Manifest, read []manifest.Manifest) bool {
	return len(index.Content.Manifests) == len(read) &&
		!slices.ContainsFunc(read, func(m manifest.Manifest) bool { return !lists(index, m.Digest) })
}

// isDamaged reports whether an entry differs in artifactType from the manifest that it lists.
func isDamaged(d ocispec.Descriptor, read []manifest.Manifest) bool {
	return slices.ContainsFunc(read, func(m manifest.Manifest) bool {
		return m.Digest == d.Digest &&
			m.ArtifactType() != d.ArtifactType
	})
}

// IsFallbackIndex reports whether what a fallback tag holds is an index of referrers, see package attachment.
func IsFallbackIndex(m manifest.Manifest, subject digest.Digest) bool {
	return attachment.IsFallbackIndex(m, subject)
}

// leftover deals with a fallback tag of the target that holds an image: with the referrers API it is not needed, unless
// for what names no subject; else the promotion is refused, since writing it could make that image unreachable.
func (p *Plan) leftover(target reference.Image, subject digest.Digest) {
	listable := !slices.ContainsFunc(p.Graph.Of(subject), func(a attachment.Attachment) bool {
		return a.Storage == attachment.Fallback && a.Manifest.Content.Subject == nil
	})
	if p.ListsReferrers() && listable {
		p.LeftAlone = append(p.LeftAlone, target.Folder(reference.FallbackTag(subject)))
		return
	}
	refusal := Leftover(target, subject)
	refusal.Refused = true
	p.blocked = refusal
}

// Leftover is the failure to write over an image that `cosign copy` left under a fallback tag.
func Leftover(target reference.Image, subject digest.Digest) *failure.Failure {
	return &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("%s holds an image, as `cosign copy` leaves it, where the list of attachments has to be", target.Tagged(reference.FallbackTag(subject))),
		Hint:    "If that image has another tag, delete this one and run the command again.",
	}
}
