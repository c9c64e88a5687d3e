package plan

import (
	"fmt"
	"path"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// OverLimit warns when the target image would have more tags than its repository keeps. The tags of signatures count,
// too; Artifactory deletes the oldest at one of the next pushes, be it an image or a signature (contract eviction).
func (p *Plan) OverLimit(limit int, target attachment.Listing) []string {
	if limit <= 0 {
		return nil
	}
	tags := map[string]bool{}
	for _, name := range target.Names {
		if reference.CheckTag(name) == nil {
			tags[name] = true
		}
	}
	before := len(tags)
	for _, s := range p.Steps {
		image, name := path.Split(s.Path)
		if image == p.Target.Image.String()+"/" && !s.Action.Deletes() && s.Action != StageImage && s.Action != RemoveStaging && reference.CheckTag(name) == nil {
			tags[name] = true
		}
	}
	if len(tags) <= limit || len(tags) == before {
		return nil
	}
	return []string{fmt.Sprintf("%s keeps at most %d tags of an image (maxUniqueTags) and %s will have %d, those of signatures among them: "+
		"Artifactory deletes the oldest at one of the next pushes, also of signatures. Raise the limit, or delete old tags with what is attached to them.",
		p.Target.Repo, limit, p.Target.Path, len(tags))}
}
