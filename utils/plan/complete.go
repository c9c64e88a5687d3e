package plan

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// complete links the blobs that the image's own folders lack at a target whose tag shows the image.
func (p *Plan) complete(t Target) {
	p.link(p.Target.Tag, p.Graph.Nodes[p.Graph.Root], p.Source.Image, p.Target.Image, t)
	for _, d := range p.Graph.ImageDigests()[1:] {
		p.link(reference.DigestFolder(d), p.Graph.Nodes[d], p.Source.Image, p.Target.Image, t)
	}
}

// completeAttachments does the same for attachments that the target counts as having. What is written anyway comes with
// its blobs.
func (p *Plan) completeAttachments(t Target) {
	for _, a := range p.Graph.Attachments {
		target, carried := p.Home(a.Home)
		if !carried || target == a.Home {
			continue
		}
		p.link(a.Name(), a.Manifest, a.Home, target, t)
		for _, d := range p.below(a) {
			p.link(reference.DigestFolder(d), p.Graph.Nodes[d], a.Home, target, t)
		}
	}
}

// below returns what an attached index lists.
func (p *Plan) below(a attachment.Attachment) []digest.Digest {
	return p.Graph.Below(a.Manifest.Digest)[1:]
}

func (p *Plan) link(name string, m manifest.Manifest, home, target reference.Image, t Target) {
	path := target.Folder(name)
	lacking := t.Torn[path]
	written := func(s Step) bool { return s.Path == path }
	if len(lacking) == 0 || slices.ContainsFunc(p.Steps, written) {
		return
	}
	p.Steps = append(p.Steps, Step{
		Action: LinkBlobs, Path: path, From: home.Folder(name), Digest: m.Digest, Before: m.Digest, Manifest: m, Blobs: lacking, Home: home, Target: target,
	})
}
