package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
)

// Make orders the steps that promote the graph to a target in the state that was read. It returns the plan together with the
// reason when it may not be carried out: a refusal (unsigned, conflict, no overwrite) or, for what this version cannot carry, a
// plain failure. The deletes of a move are added by Finish, once it is known what the source still needs.
func Make(r Request, g *attachment.Graph, t Target) (*Plan, error) {
	r.Source.Digest, r.Target.Digest = g.Root, g.Root
	p := &Plan{Request: r, Graph: g, Warnings: slices.Clone(g.Warnings)}
	if t.Tagged != "" && t.Tagged != g.Root {
		p.Replaces = t.Tagged
	}
	if err := p.items(t); err != nil {
		return p, err
	}
	p.image(t)
	return p, p.permitted()
}

// items decides what happens to each attachment.
func (p *Plan) items(t Target) error {
	var conflicts []string
	for _, a := range p.Graph.Stored(attachment.SuffixTag) {
		transfer, ok := p.decide(a, t)
		if !ok {
			conflicts = append(conflicts, a.Tag)
		}
		p.Items = append(p.Items, Item{Attachment: a, Transfer: transfer, Refused: !ok})
		p.attach(a, transfer, t)
	}
	if err := p.uncarried(); err != nil || len(conflicts) == 0 {
		return err
	}
	return failure.Refuse(failure.Target,
		"Look at both with 'jf signed-promote status', and copy by hand the one that shall stay.",
		"%s holds other content under %s, and neither side includes the other", p.Target.Image, strings.Join(conflicts, ", "))
}

// decide compares the record behind a suffix tag on both sides. The manifests of ".sig" and ".att" are lists of entries, of which
// one can include the other; anything else is either equal or a conflict.
func (p *Plan) decide(a attachment.Attachment, t Target) (Transfer, bool) {
	theirs, exists := t.Records[a.Tag]
	switch {
	case p.SameImage(), exists && theirs.Digest == a.Manifest.Digest:
		return TransferNone, true
	case !exists:
		return TransferCopy, true
	case theirs.Digest == "":
		return TransferMerge, true
	case a.Kind != attachment.KindSignature && a.Kind != attachment.KindAttestation:
		return TransferNone, false
	case theirs.Covers(a.Manifest):
		return TransferKeep, true
	case a.Manifest.Covers(theirs):
		return TransferMerge, true
	default:
		return TransferNone, false
	}
}

func (p *Plan) attach(a attachment.Attachment, transfer Transfer, t Target) {
	action := map[Transfer]Action{TransferCopy: CopyAttachment, TransferMerge: UpdateAttachment}[transfer]
	if action == "" {
		return
	}
	p.Steps = append(p.Steps, Step{
		Action:   action,
		Path:     p.Target.Folder(a.Tag),
		From:     p.Source.Folder(a.Tag),
		Digest:   a.Manifest.Digest,
		Manifest: a.Manifest,
		Before:   t.Records[a.Tag].Digest,
	})
}

// uncarried stops the promotion of what hangs on referrers, and of records that are indexes, whose children are in folders of their
// own: leaving them behind would be the very loss that this tool is against. Within one image nothing has to be carried.
func (p *Plan) uncarried() error {
	left := p.Graph.Stored(attachment.Referrer, attachment.Fallback)
	names := make([]string, 0, len(left))
	for _, a := range left {
		p.Items = append(p.Items, Item{Attachment: a, Transfer: TransferNone, Refused: !p.SameImage()})
		names = append(names, fmt.Sprintf("%s %s (%s on %s)", a.Kind, a.Manifest.Digest, a.Storage, a.Subject))
	}
	names = append(names, p.attachedChildren()...)
	if len(names) == 0 || p.SameImage() {
		return nil
	}
	return &failure.Failure{
		Side:    failure.Source,
		Message: fmt.Sprintf("%s has attachments that this version does not carry yet: %s", p.Source.Tagged(p.Source.Tag), strings.Join(names, "; ")),
		Hint:    "Nothing was changed. This version carries cosign's tag layout (cosign 3: --new-bundle-format=false).",
	}
}

// attachedChildren names what the source has of the lists in records behind suffix tags, apart from the image itself.
func (p *Plan) attachedChildren() []string {
	var names []string
	own := p.Graph.ImageDigests()
	for _, a := range p.Graph.Stored(attachment.SuffixTag) {
		for _, child := range a.Manifest.Children() {
			if _, there := p.Graph.Nodes[child]; there && !slices.Contains(own, child) {
				names = append(names, fmt.Sprintf("%s (listed by %s)", child, a.Tag))
			}
		}
	}
	return names
}

// image adds the promotion itself, unless the target tag already shows the same image with all its children.
func (p *Plan) image(t Target) {
	if t.Tagged == p.Graph.Root && len(t.Lacking) == 0 {
		return
	}
	p.Steps = append(p.Steps, Step{
		Action:   Promote,
		Path:     p.Target.Folder(p.Target.Tag),
		From:     p.Source.Folder(p.Source.Tag),
		Digest:   p.Graph.Root,
		Manifest: p.Graph.Nodes[p.Graph.Root],
		Before:   t.Tagged,
	})
}

// permitted applies --no-overwrite and the refusal of unsigned images.
func (p *Plan) permitted() error {
	if p.NoOverwrite && p.Replaces != "" {
		return failure.Refuse(failure.Target, "Choose another --target-tag, or leave out --no-overwrite to replace it.",
			"%s holds %s already", p.Target.Tagged(p.Target.Tag), p.Replaces)
	}
	for _, d := range p.Graph.Unsigned(p.Prefix) {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s, a child of %s, has no signature of its own", d, p.Source.Tagged(p.Source.Tag)))
	}
	if p.Graph.Signed(p.Graph.Root, p.Prefix) {
		return nil
	}
	if p.AllowUnsigned {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s is not signed", p.Source.Tagged(p.Source.Tag)))
		return nil
	}
	return failure.Refuse(failure.Source, "Sign it with 'cosign sign', or pass --allow-unsigned to promote it all the same.",
		"%s is not signed", p.Source.Tagged(p.Source.Tag))
}
