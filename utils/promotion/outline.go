package promotion

import (
	"slices"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/policy"
)

// outline lets go of all that only a promotion needs, manifests above all, so that a run over many images does not grow
// with what it has read of them. What a report tells stays; the graph does not.
func (r *Result) outline() {
	r.memory = nil
	r.Compact()
	r.Verified = Verified{Source: outlined(r.Verified.Source), Target: outlined(r.Verified.Target)}
	if r.Plan == nil {
		return
	}
	items := slices.Clone(r.Plan.Items)
	for i := range items {
		items[i].Manifest = items[i].Manifest.Outline()
	}
	r.Plan = &plan.Plan{Request: r.Plan.Request, Items: items, Replaces: r.Plan.Replaces}
}

// outlined leaves the verdict as it is: others may look at the same evidence.
func outlined(v *policy.Verdict) *policy.Verdict {
	if v == nil {
		return nil
	}
	kept := *v
	kept.Evidence = slices.Clone(v.Evidence)
	for i := range kept.Evidence {
		kept.Evidence[i].Attachment.Manifest = kept.Evidence[i].Attachment.Manifest.Outline()
	}
	return &kept
}
