package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Make orders the steps that promote the graph to a target in the state that was read. It returns the plan together
// with the refusal when it may not be carried out: unsigned, conflict, no overwrite. The deletes of a move are added by
// Cleanup, once it is known what the source still needs.
func Make(r Request, g *attachment.Graph, t Target) (*Plan, error) {
	r.Source.Digest, r.Target.Digest = g.Root, g.Root
	p := &Plan{Request: r, Graph: g, Warnings: slices.Clone(g.Warnings), noAPI: t.NoAPI}
	if t.Tagged != "" && t.Tagged != g.Root {
		p.Replaces = t.Tagged
	}
	if err := p.items(t); err != nil {
		return p, err
	}
	p.keepFormer(t)
	p.image(t)
	p.warnOfVerifiers(t)
	if t.TaggedRecord && p.Replaces != "" {
		return p, failure.Refuse(failure.Target, "Choose another --target-tag.",
			"%s holds an attachment, which would be lost", p.Target.Tagged(p.Target.Tag))
	}
	return p, p.permitted(t)
}

// items decides what happens to each attachment.
func (p *Plan) items(t Target) error {
	var conflicts []string
	waves := p.Graph.Waves()
	// Two places can go to one image: what the first brings is there for the second.
	t.Records = maps.Clone(t.Records)
	if t.Records == nil {
		t.Records = map[string]manifest.Manifest{}
	}
	for _, a := range p.Graph.Attachments {
		target, carried := p.Home(a.Home)
		if !carried || target == a.Home {
			p.Items = append(p.Items, Item{Attachment: a, Transfer: TransferNone})
			continue
		}
		step := Step{
			Path: target.Folder(a.Name()), From: a.Folder(), Digest: a.Manifest.Digest, Manifest: a.Manifest,
			Subject: a.Subject, Home: a.Home, Target: target, Config: a.Config,
		}
		if a.Storage != attachment.SuffixTag {
			step.Wave = wave(p.ListsReferrers(), waves[a.Subject])
			p.referrer(a, step, t)
			continue
		}
		if !p.record(a, step, t) {
			conflicts = append(conflicts, a.Tag)
		}
	}
	p.fallbacks(t)
	p.tags(t)
	p.completeAttachments(t)
	p.warnOfRecords()
	p.warnOfFallbacks()
	if len(conflicts) == 0 {
		return p.blocked
	}
	return failure.Refuse(failure.Target,
		"Look at both with 'jf signed-promote status'; then choose with --on-conflict keep or --on-conflict replace which one shall stay.",
		"%s holds other content under %s, which cannot be merged", p.Target.Image, strings.Join(conflicts, ", "))
}

// wave is that of a referrer. A registry without a referrers API knows of no subjects.
func wave(api bool, depth int) int {
	if !api {
		return 0
	}
	return depth
}

// record decides about the record behind one suffix tag; false is a conflict.
func (p *Plan) record(a attachment.Attachment, step Step, t Target) bool {
	theirs, exists := t.Records[step.Path]
	transfer, action, ok := Decide(p.OnConflict, a.Kind, a.Manifest, theirs, exists)
	p.Items = append(p.Items, Item{Attachment: a, Transfer: transfer, Refused: !ok, Path: step.Path})
	if action != "" {
		step.Action, step.Before = action, theirs.Digest
		p.Steps = append(p.Steps, step)
		p.keepRecord(step, theirs, t)
	}
	if action == CopyAttachment || action == UpdateAttachment {
		t.Records[step.Path] = a.Manifest
	}
	p.warnOfWaived(a, theirs, transfer)
	p.warnOfPile(a, theirs, transfer)
	return ok
}

// permitted applies --no-overwrite and the refusal of unsigned images.
func (p *Plan) permitted(t Target) error {
	if p.NoOverwrite && p.Replaces != "" {
		return failure.Refuse(failure.Target, "Choose another --target-tag, or leave out --no-overwrite to replace it.",
			"%s holds %s already", p.Target.Tagged(p.Target.Tag), p.Replaces)
	}
	for _, d := range p.Graph.Unsigned(p.Prefix) {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s, a child of %s, has no signature of its own", d,
			p.Source.Tagged(p.Source.Tag)))
	}
	signed := p.Graph.Signed(p.Graph.Root, p.Prefix)
	if p.Proved || t.Signed || p.staysSigned(t) {
		return nil
	}
	if p.AllowUnsigned {
		unsigned := p.Source
		if signed {
			unsigned = p.Target
		}
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s is not signed", unsigned.Tagged(unsigned.Tag)))
		return nil
	}
	if signed {
		return failure.Refuse(failure.Target, "Look at both with 'jf signed-promote status'; then choose --on-conflict replace, or pass --allow-unsigned.",
			"%s would not be signed: what it keeps under the tag of the signature, as --on-conflict says, is none", p.Target.Tagged(p.Target.Tag))
	}
	hint := "Sign it with 'cosign sign', or pass --allow-unsigned to promote it all the same."
	if attachment.IsSchema1(p.Graph.Nodes[p.Graph.Root]) {
		hint = "It has docker's first form of manifests, which cosign cannot sign. Pull and push it with a current client, sign that, or pass --allow-unsigned."
	}
	return failure.Refuse(failure.Source, hint,
		"%s is not signed", p.Source.Tagged(p.Source.Tag))
}
