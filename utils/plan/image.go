package plan

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// image adds the promotion itself, unless the target tag already shows the same image with all its children, and the
// removal of a staging tag that an earlier run has left.
func (p *Plan) image(t Target) {
	there := t.Tagged == p.Graph.Root && len(t.Lacking) == 0
	if there {
		p.complete(t)
	}
	switch {
	case !there && (p.Pin || t.LayersAtRisk):
		p.Steps = append(p.Steps, p.pinned(t)...)
		p.warnOfLayers()
	case !there:
		p.Steps = append(p.Steps, p.step(Promote, p.Target.Tag, t))
	}
	p.Unstage(t.Staged)
}

// warnOfLayers reports why a staging tag is used that nobody asked for.
func (p *Plan) warnOfLayers() {
	if !p.Pin {
		p.Warnings = append(p.Warnings, "this version of Artifactory can delete layers that other tags need when a promotion replaces a tag: the image goes by way of the tag "+
			reference.StagingTag(p.Target.Tag)+", and its own tag is set to it")
	}
}

// Unstage adds the removal of a staging tag that holds d, unless it holds nothing, or goes already.
func (p *Plan) Unstage(d digest.Digest) {
	if _, planned := p.The(RemoveStaging); d != "" && !planned {
		p.Steps = append(p.Steps, Step{Action: RemoveStaging, Path: p.staging(), Digest: d})
	}
}

// pinned returns the steps that set the target tag by way of a staging tag.
func (p *Plan) pinned(t Target) []Step {
	return []Step{
		p.step(StageImage, reference.StagingTag(p.Target.Tag), Target{Tagged: t.Staged}),
		p.step(SetTag, p.Target.Tag, t),
		{Action: RemoveStaging, Path: p.staging(), Digest: p.Graph.Root},
	}
}

func (p *Plan) step(action Action, tag string, t Target) Step {
	return Step{
		Action:   action,
		Path:     p.Target.Folder(tag),
		From:     p.Source.Folder(p.Source.Tag),
		Digest:   p.Graph.Root,
		Manifest: p.Graph.Nodes[p.Graph.Root],
		Before:   t.Tagged,
	}
}

func (p *Plan) staging() string { return p.Target.Folder(reference.StagingTag(p.Target.Tag)) }

// ByStaging turns the promotion of a plan into that by a staging tag, for a registry which takes attachments only for
// an image that it has already. False tells that the plan does not promote.
func (p *Plan) ByStaging() bool {
	if _, planned := p.The(StageImage); planned {
		return true
	}
	at := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Action == Promote })
	if at < 0 {
		return false
	}
	later := slices.DeleteFunc(slices.Clone(p.Steps[at+1:]), func(s Step) bool { return s.Action == RemoveStaging })
	p.Steps = slices.Concat(p.Steps[:at], p.pinned(Target{Tagged: p.Steps[at].Before}), later)
	return true
}
