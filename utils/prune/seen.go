package prune

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/parallel"
)

// Notes keep when a run first saw an orphan: the dates of its files prove little, since a copy keeps those of its
// source.
type Notes interface {
	// Sightings returns what runs have noted in a repository.
	Sightings(ctx context.Context, repo string) ([]Sighting, error)
	// Note keeps that a run saw an orphan.
	Note(ctx context.Context, o Orphan, at time.Time) error
	// Forget drops a note.
	Forget(ctx context.Context, s Sighting) error
}

// Sighting is a note: when a run first saw an orphan with that digest in that folder.
type Sighting struct {
	Folder string
	Digest digest.Digest
	At     time.Time
}

// sighting returns the note of an orphan that was seen before.
func (o Orphan) sighting() Sighting {
	return Sighting{Folder: o.Folder(), Digest: o.Digest, At: o.Seen}
}

// wait lets those orphans wait that were not seen by an earlier run, at least the grace before this one.
func (p *prune) wait(ctx context.Context) error {
	if p.Notes == nil {
		return nil
	}
	p.Begin("looking what was seen before", 0)
	noted, err := p.Notes.Sightings(ctx, p.Repo)
	if err != nil {
		return fmt.Errorf("looking what was seen before: %w", err)
	}
	at := make(map[Sighting]time.Time, len(noted))
	for _, s := range noted {
		at[Sighting{Folder: s.Folder, Digest: s.Digest}] = s.At
	}
	for i := range p.result.All {
		o := &p.result.All[i]
		if o.KeepReason != "" {
			continue
		}
		// What came after the note is not what was seen.
		if first := at[Sighting{Folder: o.Folder(), Digest: o.Digest}]; !o.Changed.After(first) {
			o.Seen = first
		}
		p.see(o)
	}
	p.keepWithKept()
	p.result.Outdated = p.outdated(noted)
	return nil
}

// outdated returns the notes of attachments that are gone, or whose subject is there again: if that is lost once more,
// two runs have to see it once more. Where something could not be read, nothing is known of the subject, and the note
// stays.
func (p *prune) outdated(noted []Sighting) []Sighting {
	orphans := make(map[string]Orphan, len(p.result.All))
	for _, o := range p.result.All {
		orphans[o.Folder()] = o
	}
	return slices.DeleteFunc(noted, func(s Sighting) bool {
		image := strings.TrimPrefix(path.Dir(s.Folder), p.Repo+"/")
		o, found := orphans[s.Folder]
		index := p.own.Images[image]
		switch {
		case !p.Wants(image):
			return true
		case found:
			return o.Digest == s.Digest && !o.Back
		default:
			return index != nil && len(index.Problems) > 0
		}
	})
}

// see decides on one orphan by when it was first seen.
func (p *prune) see(o *Orphan) {
	first := o.Seen
	if first.IsZero() || first.After(p.At) {
		first = p.At
	}
	switch due := first.Add(p.Grace); {
	case o.Seen.IsZero() && p.DryRun:
		o.Waits, o.KeepReason = true, "no run has noted it before, and a dry run notes nothing"
	case o.Seen.IsZero(), due.After(p.At):
		o.Waits, o.KeepReason = true, "a run after "+due.UTC().Format(time.RFC3339)+" removes it"
	}
}

// NoteAll keeps, for the runs to come, that orphans were seen which no run had seen before. It returns the errors by
// the orphans' positions.
func NoteAll(ctx context.Context, s inventory.Server, notes Notes, orphans []Orphan, at time.Time) (map[int]error, error) {
	failed := make([]error, len(orphans))
	var open []int
	for i, o := range orphans {
		if o.Waits && o.Seen.IsZero() {
			open = append(open, i)
		}
	}
	s.Begin("noting what was seen", len(open))
	err := parallel.Each(ctx, s.Parallel, open, func(ctx context.Context, i int) error {
		defer s.Done()
		folder := orphans[i].Folder()
		failed[i] = failure.At(failure.Target, notes.Note(ctx, orphans[i], at), "noting on "+folder+" that it was seen",
			"It takes Annotate on "+folder+"; --state keeps it in a file instead.")
		return ctx.Err()
	})
	errs := map[int]error{}
	for i, err := range failed {
		if err != nil {
			errs[i] = err
		}
	}
	return errs, err
}

// ForgetAll drops notes that are outdated.
func ForgetAll(ctx context.Context, s inventory.Server, notes Notes, outdated []Sighting) error {
	s.Begin("forgetting what was seen", len(outdated))
	return parallel.Each(ctx, s.Parallel, outdated, func(ctx context.Context, one Sighting) error {
		defer s.Done()
		return failure.At(failure.Target, notes.Forget(ctx, one), "taking away an outdated note on "+one.Folder,
			"It takes Annotate on "+one.Folder+"; --state keeps notes in a file instead.")
	})
}
