package planfile

import (
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// state says which manifest is behind each folder that a plan is about; "" is none.
type state map[string]digest.Digest

func stateOf(entries []Entry) state {
	s := state{}
	for _, e := range entries {
		s[e.Path] = e.Digest
	}
	return s
}

// entries returns the state sorted by path.
func (s state) entries() []Entry {
	entries := make([]Entry, 0, len(s))
	for _, path := range slices.Sorted(maps.Keys(s)) {
		entries = append(entries, Entry{Path: path, Digest: s[path]})
	}
	return entries
}

// sourceOf returns the image as it was found: its tag, its children and all that is attached. A manifest without a tag
// is named by its digest folder, wherever the registry keeps it.
func sourceOf(r *promotion.Result) state {
	s, g := state{}, r.Plan.Graph
	if !r.SourceGone {
		s[r.Request.Source.Folder(r.Request.Source.Tag)] = g.Root
		for _, d := range g.ImageDigests()[1:] {
			if _, there := g.Nodes[d]; there {
				s[g.Image.Folder(reference.DigestFolder(d))] = d
			}
		}
	}
	for _, a := range g.Attachments {
		// What only its digest names was, when the tag is gone, perhaps read from the target.
		if !r.SourceGone || a.Storage == attachment.SuffixTag {
			s[a.Folder()] = a.Manifest.Digest
		}
	}
	for tag, d := range g.Tags {
		s[g.Image.Folder(tag)] = d
	}
	for _, f := range g.Fallbacks {
		s[f.Home.Folder(f.Tag())] = f.Manifest.Digest
	}
	return s
}

// targetOf returns what the target held of all that the plan looked at.
func targetOf(r *promotion.Result) state {
	s := state{r.Request.Target.Folder(r.Request.Target.Tag): r.TargetState.Tagged}
	for folder, record := range r.TargetState.Records {
		s[folder] = record.Digest
	}
	for folder, d := range r.TargetState.Tags {
		s[folder] = d
	}
	if staging := r.Request.Target.Folder(reference.StagingTag(r.Request.Target.Tag)); r.Plan.Pin || r.TargetState.Staged != "" {
		s[staging] = r.TargetState.Staged
	}
	if r.SourceGone {
		return s
	}
	for _, a := range r.Plan.Graph.Attachments {
		target, carried := r.Plan.Home(a.Home)
		folder := target.Folder(a.Name())
		if _, known := s[folder]; !carried || known {
			continue
		}
		s[folder] = ""
		if r.TargetState.Held[folder] {
			s[folder] = a.Manifest.Digest
		}
	}
	for _, step := range r.Plan.Steps {
		if _, known := s[step.Path]; !known && !step.Action.Deletes() && step.Action != plan.RemoveStaging {
			s[step.Path] = step.Before
		}
	}
	return s
}
