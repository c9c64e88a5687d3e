package plan

import (
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// keepFormer keeps what the target tag shows, if it is replaced and something else at the target needs it and finds it
// nowhere else: a tag for each platform, as `docker manifest create` joins them to an index, can be the only place of a
// child.
func (p *Plan) keepFormer(t Target) {
	if p.Replaces == "" || len(t.FormerNeededBy) == 0 {
		return
	}
	p.keep(t.FormerNeededBy, Step{
		Digest: p.Replaces, Manifest: t.Former, From: p.Target.Folder(p.Target.Tag), Home: p.Target.Image, Target: p.Target.Image,
	})
}

// keepRecord keeps the record behind a suffix tag that is replaced, if it is a referrer as well, or an index of the
// target lists it, and it has no folder of its digest.
func (p *Plan) keepRecord(step Step, theirs manifest.Manifest, t Target) {
	if step.Action == CopyAttachment || theirs.Digest == "" || theirs.Digest == step.Digest || !t.ByTagAlone[step.Path] {
		return
	}
	needing := []string{}
	if theirs.Content.Subject != nil {
		needing = append(needing, "the list of referrers of "+theirs.Content.Subject.Digest.String())
	}
	for folder, m := range t.Records {
		if m.IsIndex() && slices.Contains(m.Children(), theirs.Digest) {
			needing = append(needing, folder)
		}
	}
	if len(needing) == 0 {
		return
	}
	slices.Sort(needing)
	p.keep(needing, Step{Digest: theirs.Digest, Manifest: theirs, From: step.Path, Home: step.Target, Target: step.Target})
}

// keep adds the step that writes a manifest of the target, which its folder From holds, under its digest.
func (p *Plan) keep(needing []string, step Step) {
	step.Action, step.Path = KeepManifest, step.Target.Folder(reference.DigestFolder(step.Digest))
	// Nothing may be replaced before.
	p.Steps = slices.Insert(p.Steps, 0, step)
	need := "need"
	if len(needing) == 1 {
		need = "needs"
	}
	p.warn("%s %s %s, which %s alone holds: it is kept under its digest", strings.Join(needing, ", "), need, step.Digest,
		step.From)
}
