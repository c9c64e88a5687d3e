package prune

import (
	"context"
	"sync"
	"time"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// Mover copies and deletes folders, and reads what is in them. Paths are "<repo>/<path>"; what is not there is
// failure.ErrNotFound.
type Mover interface {
	Copy(ctx context.Context, from, to string) error
	Delete(ctx context.Context, path string) error
	Contents(ctx context.Context, path string) (files, folders []string, err error)
}

// Journal takes down what is removed, before it is and afterwards. When it cannot, nothing is removed any more.
type Journal interface {
	Record(e Entry) error
}

// Entry is a line of the journal.
type Entry struct {
	At time.Time
	Orphan
	// To is where it is moved to; empty for what is deleted.
	To string
	// Outcome is "removing" before, and then removed, kept or failed.
	Outcome Outcome
	Why     string
}

// Outcome is what became of an orphan.
type Outcome string

// The outcomes.
const (
	Removing Outcome = "removing"
	Removed  Outcome = "removed"
	// Seen is what waits for another run to see it, too.
	Seen   Outcome = "seen"
	Kept   Outcome = "kept"
	Failed Outcome = "failed"
	// NotBegun is what the run did not come to before it ended.
	NotBegun Outcome = "not-begun"
)

// untouched is the outcome of an orphan as long as nothing was done.
func (o Orphan) untouched() Outcome {
	switch {
	case o.Waits:
		return Seen
	case o.KeepReason != "":
		return Kept
	default:
		return NotBegun
	}
}

// Remover removes orphans. Quarantine is the repository that they are moved to; without it they are deleted.
type Remover struct {
	inventory.Server
	Mover     Mover
	Annotator Annotator
	// Notes forget what is removed; nil for none.
	Notes      Notes
	Journal    Journal
	Quarantine string
	Now        func() time.Time
}

// Removal is what became of one orphan.
type Removal struct {
	Orphan
	To      string
	Outcome Outcome
	Err     error
	// Warning reports what is not as it should be although it was removed.
	Warning string
}

// Remove removes the orphans that do not stay, in their order within an image, so that an interrupted run is completed
// by another one. What could not be removed keeps what lists it and what it is attached to, and nothing else. The error
// is that of the journal, or the end of the run.
func (r Remover) Remove(ctx context.Context, orphans []Orphan) ([]Removal, error) {
	removals := make([]Removal, len(orphans))
	var images [][]int
	for i, o := range orphans {
		removals[i] = Removal{Orphan: o, Outcome: o.untouched()}
		if i == 0 || orphans[i-1].Image != o.Image {
			images = append(images, nil)
		}
		images[len(images)-1] = append(images[len(images)-1], i)
	}
	r.Begin("removing", len(orphans))
	journal := &lockedJournal{journal: r.Journal}
	err := parallel.Each(ctx, r.Parallel, images, func(ctx context.Context, image []int) error {
		left := newRemaining()
		for _, i := range image {
			if err := r.removeOne(ctx, journal, &removals[i], left); err != nil {
				return err
			}
			r.Done()
		}
		return nil
	})
	return removals, err
}

// lockedJournal lets one write to the journal at a time.
type lockedJournal struct {
	mu      sync.Mutex
	journal Journal
}

func (g *lockedJournal) record(e Entry) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.journal.Record(e)
}

// removeOne removes one orphan, unless something that is left needs it.
func (r Remover) removeOne(ctx context.Context, journal *lockedJournal, m *Removal, left remaining) error {
	if m.KeepReason == "" && left.needs(m.Orphan) {
		m.Outcome, m.KeepReason = Kept, "something that it lists, or that is attached to it, is left"
	}
	if m.KeepReason != "" {
		left.add(m.Orphan)
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.Quarantine != "" {
		m.To = r.quarantinePath(m.Orphan).Folder(m.Name)
	}
	entry := Entry{At: r.Now(), Orphan: m.Orphan, To: m.To, Outcome: Removing}
	if err := journal.record(entry); err != nil {
		return err
	}
	r.decide(ctx, m)
	entry.At, entry.Why = r.Now(), m.KeepReason
	if m.Err != nil {
		entry.Why = m.Err.Error()
	}
	if entry.Outcome = m.Outcome; m.Outcome != Removed && m.KeepReason != goneAlready {
		left.add(m.Orphan)
	}
	return journal.record(entry)
}

// decide removes an orphan that is still one. What has begun is finished, though the run is to end.
func (r Remover) decide(ctx context.Context, m *Removal) {
	keep, err := r.recheck(ctx, m.Orphan)
	switch {
	case err != nil && ctx.Err() != nil:
		return
	case err != nil:
	case keep != "":
		m.Outcome, m.KeepReason = Kept, keep
		return
	default:
		err = r.remove(context.WithoutCancel(ctx), m)
	}
	if m.Outcome = Removed; err != nil {
		m.Outcome, m.Err = Failed, err
	}
}

// goneAlready is why an orphan is not removed that somebody else removed.
const goneAlready = "it is gone already"

// recheck looks directly before the removal whether the orphan is what it was, and its subject away; otherwise it says
// why it stays.
func (r Remover) recheck(ctx context.Context, o Orphan) (string, error) {
	now, err := r.Prober.Resolve(ctx, o.Image, o.Name)
	switch {
	case inventory.Absent(err):
		return goneAlready, nil
	case err != nil:
		return "", failure.At(failure.Target, err, "looking at "+o.Folder(), "")
	case now != o.Digest:
		return "it was written again meanwhile", nil
	}
	_, err = r.Prober.Resolve(ctx, o.Image, o.Root.String())
	switch {
	case inventory.Absent(err):
		return "", nil
	case err != nil:
		return "", failure.At(failure.Target, err, "looking for the subject of "+o.Folder(), "")
	default:
		return "its subject came meanwhile", nil
	}
}

func (r Remover) remove(ctx context.Context, m *Removal) error {
	if r.Quarantine != "" {
		if err := r.copyToQuarantine(ctx, m.Orphan); err != nil {
			return failure.At(failure.Target, err, "moving "+m.Folder()+" to "+m.To, "It takes Deploy on "+r.Quarantine+".")
		}
		if err := r.markQuarantined(ctx, m); err != nil {
			return failure.At(failure.Target, err, "marking "+m.To, "It takes Annotate on "+r.Quarantine+".")
		}
	}
	err := r.forgotten(ctx, m.Orphan, func(ctx context.Context) error { return r.delete(ctx, m.Orphan) })
	if err == nil || inventory.Absent(err) {
		return nil
	}
	return failure.At(failure.Target, err, "deleting "+m.Folder(), "It takes Read and Delete on "+m.Image.String()+".")
}

// forgotten removes an orphan after its note: if the same comes again, from the trash can or by another push, two runs
// have to see it once more. What could not be removed keeps its note. Without the right to take the note away it is
// removed all the same.
func (r Remover) forgotten(ctx context.Context, o Orphan, remove func(context.Context) error) error {
	if r.Notes == nil || o.Seen.IsZero() {
		return remove(ctx)
	}
	forgot := r.Notes.Forget(ctx, o.sighting())
	err := remove(ctx)
	if err != nil && !inventory.Absent(err) && forgot == nil {
		_ = r.Notes.Note(ctx, o, o.Seen)
	}
	return err
}

// delete deletes what is the orphan's own, and nothing of an image below its folder.
func (r Remover) delete(ctx context.Context, o Orphan) error {
	inside, err := tagfolder.Look(ctx, r.Mover, o.Folder())
	if err != nil {
		return err
	}
	gone := func(ctx context.Context) (bool, error) {
		_, err := r.Prober.Resolve(ctx, o.Image, o.Name)
		return inventory.Absent(err), nil
	}
	return tagfolder.Deletion{Server: r.Mover, Path: o.Folder(), Try: once, Gone: gone}.Delete(ctx, inside)
}

// once makes a change once. After an unclear answer the state counts.
func once(ctx context.Context, first, _ func(context.Context) error, done func(context.Context) (bool, error)) error {
	err := first(ctx)
	if err == nil {
		return nil
	}
	if happened, look := done(ctx); look == nil && happened {
		return nil
	}
	return err
}
