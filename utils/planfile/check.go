package planfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// shownChanges bounds how many changes are told of.
const shownChanges = 5

// Checker compares a plan with what is found when it is to be carried out. It may be used by many goroutines.
type Checker struct {
	*File
	index

	mu sync.Mutex
	// moved tells by the place of an image that this run or an earlier one has got, or may have got, as far as its
	// deletes.
	moved map[int]bool
}

// NewChecker makes the checker of a plan.
func NewChecker(f *File) *Checker {
	return &Checker{File: f, index: newIndex(f.Images), moved: map[int]bool{}}
}

// Check compares the plan with what dry runs of its requests find now. A difference that is a step of the plan which
// was carried out already is none, so that a run that was interrupted can be completed. The error is a refusal that
// names what changed, or what kept a dry run from looking.
func (f *Checker) Check(results []*promotion.Result) error {
	for _, r := range results {
		f.note(r)
	}
	var changes []string
	for _, r := range results {
		switch {
		case r.Err == nil:
			changes = append(changes, f.compare(r)...)
		case r.SourceGone, failure.IsRefusal(r.Err), errors.Is(r.Err, failure.ErrNotFound):
			changes = append(changes, r.Err.Error())
		default:
			return r.Err
		}
	}
	return changed(append(changes, f.keeps(results)...))
}

// Approve agrees to a plan that was made just now if it is part of this one, and makes it binding. See
// promotion.Promoter.
func (f *Checker) Approve(r *promotion.Result) error {
	f.note(r)
	changes := f.compare(r)
	if len(f.Images) == 1 {
		changes = append(changes, f.keeps([]*promotion.Result{r})...)
	}
	if len(changes) > 0 {
		return changed(changes)
	}
	f.begin(r)
	r.Plan.Binding = true
	for i, s := range r.Plan.Steps {
		if s.Action != plan.MergeAttachment {
			continue
		}
		planned := f.step(s)
		r.Plan.Steps[i].After = planned.After
		// What another place brings to the same path comes before.
		if slices.ContainsFunc(r.Plan.Steps[:i], func(before plan.Step) bool { return before.Path == s.Path }) {
			r.Plan.Steps[i].Before = planned.Before
		}
	}
	return nil
}

func changed(changes []string) error {
	if len(changes) == 0 {
		return nil
	}
	more := ""
	if len(changes) > shownChanges {
		more = fmt.Sprintf("; and %d more", len(changes)-shownChanges)
		changes = changes[:shownChanges]
	}
	return failure.Refuse("", "Look at it with 'jf signed-promote status', and make a new plan.",
		"what the plan is about has changed since: %s%s", strings.Join(changes, "; "), more)
}

// compare returns the differences between the plan and one image as it is now.
func (f *Checker) compare(r *promotion.Result) []string {
	at := f.place(r)
	if at < 0 {
		return []string{fmt.Sprintf("%s is not part of it", r.Request.Source)}
	}
	return slices.Concat(f.source(f.Images[at], r), f.target(f.Images[at], r), f.steps(r))
}

// note takes notice that an image was moved: a move deletes its source tag before all that is attached to it. As long
// as that tag is there, whatever else is missing was deleted by somebody.
func (f *Checker) note(r *promotion.Result) {
	at := f.place(r)
	if at < 0 || !r.SourceGone || r.TargetState.Tagged == "" || r.TargetState.Tagged != f.Images[at].Source.Digest {
		return
	}
	f.begin(r)
}

func (f *Checker) begin(r *promotion.Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved[f.place(r)] = true
}

// isDeleted reports whether an entry of the source is gone because the plan was carried out that far.
func (f *Checker) isDeleted(e Entry) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, at := range f.writers[e.Path] {
		deletes := func(s Step) bool { return s.deletes() && s.Path == e.Path && s.Digest == e.Digest }
		if f.moved[at] && slices.ContainsFunc(f.Images[at].Steps, deletes) {
			return true
		}
	}
	return false
}

func (f *Checker) source(i Image, r *promotion.Result) []string {
	var changes []string
	then, now := stateOf(i.Found.Source), sourceOf(r)
	for _, e := range i.Found.Source {
		d, there := now[e.Path]
		switch {
		case there && d != e.Digest:
			changes = append(changes, fmt.Sprintf("%s holds %s and held %s", e.Path, d, e.Digest))
		case !there && !r.SourceGone && !f.isDeleted(e):
			changes = append(changes, e.Path+" is gone")
		}
	}
	for _, e := range now.entries() {
		if _, known := then[e.Path]; !known {
			changes = append(changes, e.Path+" is new")
		}
	}
	return changes
}

func (f *Checker) target(i Image, r *promotion.Result) []string {
	var changes []string
	now := targetOf(r)
	tag := i.Target.reference().Folder(i.Target.Tag)
	for _, e := range i.Found.Target {
		switch d, looked := now[e.Path]; {
		case !looked && r.SourceGone, d == e.Digest, f.isWritten(Entry{Path: e.Path, Digest: d}):
		default:
			changes = append(changes, fmt.Sprintf("%s holds %s and held %s", e.Path, orNothing(d), orNothing(e.Digest)))
		}
	}
	if r.SourceGone && now[tag] != i.Source.Digest {
		changes = append(changes, fmt.Sprintf("%s is gone", i.Source.name()))
	}
	return changes
}

// steps finds what would be done now and was not planned.
func (f *Checker) steps(r *promotion.Result) []string {
	var changes []string
	for _, s := range r.Plan.Steps {
		// A run that was cut off can have left its staging tag.
		left := s.Action == plan.RemoveStaging && s.Digest == r.Plan.Graph.Root
		// Blobs that a folder lacks change nothing that was agreed on: their digests are those of the manifest.
		if f.step(s).Path == "" && !left && s.Action != plan.LinkBlobs {
			changes = append(changes, fmt.Sprintf("%s of %s would be needed, too", s.Action, s.Path))
		}
	}
	return changes
}

// keeps finds what was to be deleted and is needed by something else now.
func (f *Checker) keeps(results []*promotion.Result) []string {
	var changes []string
	now, still := map[string]bool{}, state{}
	for _, r := range results {
		if r.Err != nil {
			continue
		}
		for _, s := range r.Plan.Steps {
			now[s.Path] = now[s.Path] || s.Action.Deletes()
		}
		for folder, d := range sourceOf(r) {
			still[folder] = d
		}
	}
	for _, s := range f.all() {
		if s.deletes() && !now[s.Path] && still[s.Path] == s.Digest {
			changes = append(changes, s.Path+" is needed by something else now")
		}
	}
	return changes
}

// all returns the steps of all images: tags of one image share what is attached, and whichever comes first brings it,
// or takes it away.
func (f *File) all() []Step {
	var steps []Step
	for _, i := range f.Images {
		steps = append(steps, i.Steps...)
	}
	return steps
}

// step finds the step of the plan that one of now is; the zero Step if there is none.
func (f *Checker) step(now plan.Step) Step {
	for _, at := range f.writers[now.Path] {
		for _, s := range f.Images[at].Steps {
			if s.brings(now) {
				return s
			}
		}
	}
	return Step{}
}

func (f *Checker) isWritten(e Entry) bool {
	writes := func(s Step) bool { return !s.deletes() && s.Path == e.Path && s.After == e.Digest }
	return slices.ContainsFunc(f.writers[e.Path],
		func(at int) bool { return slices.ContainsFunc(f.Images[at].Steps, writes) })
}
