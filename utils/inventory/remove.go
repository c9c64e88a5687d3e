package inventory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Mover copies and deletes folders. Paths are "<repo>/<path>"; what is not there is failure.ErrNotFound.
type Mover interface {
	Copy(ctx context.Context, from, to string) error
	Delete(ctx context.Context, path string) error
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
	Kept     Outcome = "kept"
	Failed   Outcome = "failed"
)

// Remover removes orphans. Quarantine is the repository that they are moved to; without it they are deleted.
type Remover struct {
	Server
	Mover      Mover
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
}

// Remove removes the orphans that do not stay, in their order within an image, so that an interrupted run is completed by another one.
// What hangs on something that could not be removed does not keep the rest. The error is that of the journal, or the end of the run.
func (r Remover) Remove(ctx context.Context, orphans []Orphan) ([]Removal, error) {
	removals := make([]Removal, len(orphans))
	var images [][]int
	for i, o := range orphans {
		removals[i] = Removal{Orphan: o, Outcome: Kept}
		if i == 0 || orphans[i-1].Image != o.Image {
			images = append(images, nil)
		}
		images[len(images)-1] = append(images[len(images)-1], i)
	}
	r.begin("removing", len(orphans))
	journal := &guarded{journal: r.Journal}
	err := each(ctx, r.Parallel, images, func(ctx context.Context, image []int) error {
		for _, i := range image {
			if err := r.one(ctx, journal, &removals[i]); err != nil {
				return err
			}
			r.done()
		}
		return nil
	})
	return removals, err
}

// guarded lets one write to the journal at a time.
type guarded struct {
	mu      sync.Mutex
	journal Journal
}

func (g *guarded) record(e Entry) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.journal.Record(e)
}

func (r Remover) one(ctx context.Context, journal *guarded, m *Removal) error {
	if m.Keep != "" {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.Quarantine != "" {
		m.To = r.shelter(m.Orphan).Folder(m.Name)
	}
	entry := Entry{At: r.Now(), Orphan: m.Orphan, To: m.To, Outcome: Removing}
	if err := journal.record(entry); err != nil {
		return err
	}
	m.Keep, m.Err = r.still(ctx, m.Orphan)
	if m.Keep == "" && m.Err == nil {
		m.Outcome, m.Err = Removed, r.remove(ctx, m)
	}
	entry.At, entry.Why = r.Now(), m.Keep
	if m.Err != nil {
		m.Outcome, entry.Why = Failed, m.Err.Error()
	}
	entry.Outcome = m.Outcome
	return journal.record(entry)
}

// still looks directly before the removal whether the orphan is what it was, and its subject away; otherwise it says why it stays.
func (r Remover) still(ctx context.Context, o Orphan) (string, error) {
	now, err := r.Prober.Resolve(ctx, o.Image, o.Name)
	switch {
	case absent(err):
		return "it is gone already", nil
	case err != nil:
		return "", failure.At(failure.Target, err, "looking at "+o.Folder(), "")
	case now != o.Digest:
		return "it was written again meanwhile", nil
	}
	_, err = r.Prober.Resolve(ctx, o.Image, o.Root.String())
	switch {
	case absent(err):
		return "", nil
	case err != nil:
		return "", failure.At(failure.Target, err, "looking for the subject of "+o.Folder(), "")
	default:
		return "its subject came meanwhile", nil
	}
}

func (r Remover) remove(ctx context.Context, m *Removal) error {
	if r.Quarantine != "" {
		if err := r.keep(ctx, m.Orphan); err != nil {
			return failure.At(failure.Target, err, "moving "+m.Folder()+" to "+m.To, "It takes Deploy on "+r.Quarantine+".")
		}
	}
	err := r.Mover.Delete(context.WithoutCancel(ctx), m.Folder())
	if err == nil || absent(err) {
		return nil
	}
	// After an unclear answer the state counts.
	if _, look := r.Prober.Resolve(ctx, m.Image, m.Name); absent(look) {
		return nil
	}
	return failure.At(failure.Target, err, "deleting "+m.Folder(), "It takes Delete on "+m.Image.String()+".")
}

// shelter is the image of the quarantine repository that takes an orphan: "<quarantine>/<repo>/<path>".
func (r Remover) shelter(o Orphan) reference.Image {
	return reference.Image{Repo: r.Quarantine, Path: o.Image.String()}
}

var errOther = errors.New("something else is there already")

// keep copies an orphan to the quarantine and reads it back. What an interrupted copy left there, a folder without a manifest, is
// taken away first: a folder that is copied onto a folder goes into it.
func (r Remover) keep(ctx context.Context, o Orphan) error {
	shelter := r.shelter(o)
	there, err := r.kept(ctx, shelter, o)
	if there || err != nil {
		return err
	}
	err = r.Mover.Delete(ctx, shelter.Folder(o.Name))
	if err != nil && !absent(err) {
		return err
	}
	copied := r.Mover.Copy(context.WithoutCancel(ctx), o.Folder(), shelter.Folder(o.Name))
	there, err = r.kept(ctx, shelter, o)
	switch {
	case there:
		return nil
	case copied != nil:
		return copied
	case err != nil:
		return err
	}
	return fmt.Errorf("%s was copied and is not there", shelter.Folder(o.Name))
}

// kept tells whether the quarantine has an orphan.
func (r Remover) kept(ctx context.Context, shelter reference.Image, o Orphan) (bool, error) {
	d, err := r.Prober.Resolve(ctx, shelter, o.Name)
	switch {
	case absent(err):
		return false, nil
	case err != nil:
		return false, err
	case d != o.Digest:
		return false, fmt.Errorf("%s: %w", shelter.Folder(o.Name), errOther)
	default:
		return true, nil
	}
}
