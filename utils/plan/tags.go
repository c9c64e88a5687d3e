package plan

import (
	"maps"
	"slices"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// tags returns what arrives as a referrer the tags of its own that it has at the source, such as "1.0-sbom". Other
// content under such a tag at the target is somebody's: it is left, and what is attached is found by its subject all
// the same.
func (p *Plan) tags(t Target) {
	if p.SameImage() {
		return
	}
	for _, tag := range slices.Sorted(maps.Keys(p.Graph.Tags)) {
		step := Step{
			Action: TagAttachment, Path: p.Target.Folder(tag), From: p.Graph.Image.Folder(tag), Digest: p.Graph.Tags[tag],
			Home: p.Graph.Image, Target: p.Target.Image,
		}
		for _, a := range p.Graph.Attachments {
			if a.Manifest.Digest == step.Digest {
				step.Manifest, step.Subject = a.Manifest, a.Subject
			}
		}
		theirs := t.Tags[step.Path]
		switch {
		case theirs == step.Digest:
			p.warnOfTag(tag)
		case theirs == "" && tag != p.Target.Tag:
			p.Steps = append(p.Steps, step)
			p.warnOfTag(tag)
		case p.NoOverwrite:
			p.blocked = failure.Refuse(failure.Target,
				"Leave out --no-overwrite to keep that, and bring what is attached without the tag.",
				"%s holds something else than %s", p.Target.Tagged(tag), p.Source.Tagged(tag))
		default:
			p.warn("%s holds something else than %s and is left: what is attached arrives without this tag",
				p.Target.Tagged(tag), p.Source.Tagged(tag))
		}
	}
}

// warnOfTag reports that a move takes a tag along that nobody has named.
func (p *Plan) warnOfTag(tag string) {
	if p.Move {
		p.warn("%s shows what is attached to the image: that tag is moved along, and stays with it", p.Source.Tagged(tag))
	}
}
