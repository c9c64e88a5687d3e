package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/signed-promote/signed-promote/utils/prune"
)

// Journal writes a line of JSON for every attachment before it is removed, and another one afterwards.
type Journal struct {
	w io.Writer
	// flush brings a line to the disk before anything else happens.
	flush func() error
}

// NewJournal writes to w.
func NewJournal(w io.Writer, flush func() error) *Journal { return &Journal{w: w, flush: flush} }

// journalLine is a line, with the field names of the result.
type journalLine struct {
	At time.Time `json:"at"`
	PrunedItem
}

// Record writes a line.
func (j *Journal) Record(e prune.Entry) error {
	item := pruned(e.Orphan)
	item.Outcome, item.Reason, item.To, item.Restore = string(e.Outcome), e.Why, e.To, restore(e.Orphan, e.To)
	if e.Outcome != prune.Removing && e.Outcome != prune.Removed {
		item.Restore = ""
	}
	line, err := json.Marshal(journalLine{At: e.At.UTC(), PrunedItem: item})
	if err == nil {
		_, err = j.w.Write(append(line, '\n'))
	}
	if err == nil {
		err = j.flush()
	}
	return err
}
