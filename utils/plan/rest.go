package plan

import (
	"path"

	"github.com/signed-promote/signed-promote/utils/attachment"
)

// Rest orders the steps that bring what an earlier move of the same image has left at the source: attachments alone,
// since the image is behind the target tag. It returns the plan together with the refusal when there is a conflict.
func Rest(r Request, g *attachment.Graph, t Target) (*Plan, error) {
	r.Source.Digest, r.Target.Digest = g.Root, g.Root
	p := &Plan{Request: r, Graph: g, noAPI: t.NoAPI}
	if err := p.items(t); err != nil {
		return p, err
	}
	p.complete(t)
	p.Unstage(t.Staged)
	return p, nil
}

// Brings reports whether the plan brings to the target what a step deletes at the source.
func (p *Plan) Brings(deletes Step) bool {
	folder := p.Target.Folder(path.Base(deletes.Path))
	for _, s := range p.Of(CopyAttachment, UpdateAttachment, MergeAttachment, PushReferrer, UpdateFallback) {
		if s.Path == folder {
			return true
		}
	}
	return false
}
