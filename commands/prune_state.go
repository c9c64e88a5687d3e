package commands

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/prune"
	"github.com/signed-promote/signed-promote/utils/report"
)

// pruneState is what runs of prune remember of each other: nothing where none has to wait, a file with --state, else
// properties.
type pruneState struct {
	notes prune.Notes
	file  *report.Seen
	name  string
}

// notes reads what earlier runs noted, as far as that stands in a file.
func (o *pruneOptions) notes(s *session) (pruneState, error) {
	if o.Rules.atOnce() {
		return pruneState{}, nil
	}
	if o.Rules.state == "" {
		return pruneState{notes: prune.PropertyNotes{Annotator: s.rest}}, nil
	}
	file, err := readSeen(o.Rules.state, s.address)
	return pruneState{notes: file, file: file, name: o.Rules.state},
		failure.At("", err, "the state in "+o.Rules.state+" cannot be read, so nothing was removed",
			"Name another file with --state.")
}

// readSeen reads a state; a file that is not there is an empty one.
func readSeen(name, server string) (*report.Seen, error) {
	file, err := os.Open(name) //nolint:gosec // the file that the user names
	if errors.Is(err, fs.ErrNotExist) {
		return report.NewSeen(server), nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return report.ReadSeen(file, server)
}

// take notes what this run saw, for the runs to come, and drops notes that hold no longer. It gives what could not be
// noted, by position.
func (p pruneState) take(ctx context.Context, look inventory.Server, r prune.Request,
	found *prune.Orphans,
) (map[int]error, error) {
	if p.notes == nil {
		return nil, nil
	}
	if err := prune.ForgetAll(ctx, look, p.notes, found.Outdated); err != nil {
		return nil, err
	}
	lacking, err := prune.NoteAll(ctx, look, p.notes, found.All, r.At)
	if err != nil {
		return lacking, err
	}
	return lacking, p.write("so nothing was removed")
}

// write writes the notes, where they stand in a file.
func (p pruneState) write(consequence string) error {
	if p.file == nil {
		return nil
	}
	return failure.At("", p.replace(), "the state in "+p.name+" cannot be written, "+consequence,
		"Name another file with --state.")
}

// replace replaces the file, complete or not at all.
func (p pruneState) replace() error {
	temporary, err := os.CreateTemp(filepath.Dir(p.name), filepath.Base(p.name)+".*.tmp")
	if err != nil {
		return err
	}
	err = errors.Join(p.file.Write(temporary), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), p.name)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}
