package promotion

import (
	"fmt"
	"path"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// overLimit warns when the target image would have more tags than its repository keeps. The tags of signatures count,
// too; Artifactory deletes the oldest at one of the next pushes, be it an image or a signature (facts: limits by repo
// config).
func (p *Pair) overLimit(planned *plan.Plan) []string {
	if p.limit <= 0 {
		return nil
	}
	tags := map[string]bool{}
	for _, name := range p.To.Names {
		if reference.CheckTag(name) == nil {
			tags[name] = true
		}
	}
	before := len(tags)
	for _, s := range planned.Steps {
		image, name := path.Split(s.Path)
		if image == p.Target.String()+"/" && !s.Action.Deletes() && s.Action != plan.StageImage && s.Action != plan.RemoveStaging && reference.CheckTag(name) == nil {
			tags[name] = true
		}
	}
	if len(tags) <= p.limit || len(tags) == before {
		return nil
	}
	return []string{fmt.Sprintf("%s keeps at most %d tags of an image (maxUniqueTags) and %s will have %d, those of signatures among them: "+
		"Artifactory deletes the oldest at one of the next pushes, also of signatures. Raise the limit, or delete old tags with what is attached to them.",
		p.Target.Repo, p.limit, p.Target.Path, len(tags))}
}
