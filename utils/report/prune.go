package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
)

// PruneResult is the result of the prune command.
type PruneResult struct {
	Status  Status `json:"status"`
	Command string `json:"command"`
	Repo    string `json:"repo"`
	Shard   string `json:"shard,omitempty"`
	DryRun  bool   `json:"dryRun"`
	// Quarantine is the repository that attachments are moved to; without one they are deleted.
	Quarantine string `json:"quarantine,omitempty"`
	// Journal is the file that tells what was removed.
	Journal     string       `json:"journal,omitempty"`
	Totals      PruneTotals  `json:"totals"`
	Attachments []PrunedItem `json:"attachments"`
	Warnings    []string     `json:"warnings"`
	Error       *Error       `json:"error,omitempty"`
	HTTP        HTTP         `json:"http"`
	DurationMs  int64        `json:"durationMs"`
}

// PruneTotals counts attachments by outcome.
type PruneTotals struct {
	Planned int `json:"planned"`
	Removed int `json:"removed"`
	Kept    int `json:"kept"`
	Failed  int `json:"failed"`
}

// PrunedItem is an attachment without its subject, and what became of it.
type PrunedItem struct {
	// Path is its Artifactory folder.
	Path    string    `json:"path"`
	Digest  string    `json:"digest"`
	Subject string    `json:"subject"`
	Kind    string    `json:"kind"`
	Storage string    `json:"storage"`
	Changed time.Time `json:"changed"`
	// Outcome is planned, removed, kept or failed.
	Outcome string `json:"outcome"`
	// Reason says why it was kept.
	Reason string `json:"reason,omitempty"`
	// To is where it was moved to.
	To string `json:"to,omitempty"`
	// Restore says how to bring back what was removed.
	Restore string `json:"restore,omitempty"`
	Error   *Error `json:"error,omitempty"`
}

// NewPrune begins the result of a prune with what was found; Removals takes over what became of it.
func NewPrune(r inventory.PruneRequest, dryRun bool, quarantine string, found *inventory.Orphans, err error) *PruneResult {
	result := &PruneResult{
		Status: Success, Command: "prune", Repo: r.Repo, Shard: r.Shard.String(), DryRun: dryRun, Quarantine: quarantine,
		Attachments: []PrunedItem{}, Warnings: []string{}, Error: errorOf(err),
	}
	if found != nil {
		result.Warnings = append(result.Warnings, found.Warnings...)
		for _, o := range found.All {
			result.Attachments = append(result.Attachments, pruned(o))
		}
	}
	result.count()
	return result
}

func pruned(o inventory.Orphan) PrunedItem {
	item := PrunedItem{
		Path: o.Folder(), Digest: o.Digest.String(), Subject: o.Subject.String(), Kind: string(o.Kind), Storage: string(o.Storage),
		Changed: o.Changed.UTC(), Outcome: "planned", Reason: o.Keep,
	}
	if o.Keep != "" {
		item.Outcome = string(inventory.Kept)
	}
	return item
}

// Decline notes that the user did not want it.
func (r *PruneResult) Decline() {
	for i := range r.Attachments {
		if a := &r.Attachments[i]; a.Outcome == "planned" {
			a.Outcome, a.Reason = string(inventory.Kept), "not confirmed"
		}
	}
	r.count()
}

// Fail notes what ended the run before anything was removed.
func (r *PruneResult) Fail(err error) {
	r.Error = errorOf(err)
	r.count()
}

// Removals takes over what became of the attachments. err is what ended the run early.
func (r *PruneResult) Removals(removals []inventory.Removal, err error) {
	r.Attachments = r.Attachments[:0]
	for _, m := range removals {
		item := pruned(m.Orphan)
		item.Outcome, item.Error, item.To = string(m.Outcome), errorOf(m.Err), m.To
		switch {
		case m.Outcome == inventory.Removed:
			item.Restore = restore(m.Orphan, m.To)
		case m.Outcome == inventory.Kept && m.Keep == "":
			item.Reason = "not reached"
		}
		r.Attachments = append(r.Attachments, item)
	}
	if err != nil {
		r.Error = errorOf(err)
	}
	r.count()
}

func (r *PruneResult) count() {
	r.Totals = PruneTotals{}
	for _, a := range r.Attachments {
		switch inventory.Outcome(a.Outcome) {
		case inventory.Removed:
			r.Totals.Removed++
		case inventory.Kept:
			r.Totals.Kept++
		case inventory.Failed:
			r.Totals.Failed++
		default:
			r.Totals.Planned++
		}
	}
	switch {
	case r.Error != nil, r.Totals.Failed > 0:
		r.Status = Failure
	case r.Totals.Planned+r.Totals.Removed == 0:
		r.Status = NothingToDo
	default:
		r.Status = Success
	}
}

// restore says how to bring an attachment back. One that is no tag has to be listed by the registry again, which repair sees to.
func restore(o inventory.Orphan, to string) string {
	command := fmt.Sprintf("jf rt curl -XPOST '/api/trash/restore/%s?to=%s'", o.Folder(), o.Folder())
	if to != "" {
		command = fmt.Sprintf("jf rt cp '%s/*' '%s/' --flat", to, o.Folder())
	}
	if o.Storage == attachment.Referrer {
		command += fmt.Sprintf(" && jf signed-promote repair %s --include '%s' --search-all", o.Image.Repo, o.Image.Path)
	}
	return command
}

// Table gives the prune for people.
func (r *PruneResult) Table(on Screen) string {
	if r.Error != nil && len(r.Attachments) == 0 {
		return ""
	}
	return strings.Join(append(r.groups(on), on.lines(r.summary())), "\n\n")
}

// groups lists the attachments below what became of them and why, which is the same for many.
func (r *PruneResult) groups(on Screen) []string {
	var heads, blocks []string
	for _, a := range r.Attachments {
		head := a.became()
		at := slices.Index(heads, head)
		if at < 0 {
			at = len(heads)
			heads, blocks = append(heads, head), append(blocks, on.lines(head))
		}
		path := strings.TrimPrefix(on.name(short(strings.TrimPrefix(a.Path, r.Repo+"/")), gutter), gutter)
		blocks[at] += "\n" + on.flow(gutter, gutter+gutter, path, a.Kind)
	}
	return blocks
}

func (a PrunedItem) became() string {
	switch {
	case a.Error != nil:
		return a.Outcome + ": " + short(a.Error.Message)
	case a.Reason != "":
		return a.Outcome + ", since " + short(a.Reason)
	case a.Outcome == "planned":
		return "to remove"
	default:
		return a.Outcome
	}
}

func (r *PruneResult) summary() string {
	t := r.Totals
	text := fmt.Sprintf("%s: %d removed, %d kept, %d failed", r.Repo, t.Removed, t.Kept, t.Failed)
	if t.Planned > 0 {
		text = fmt.Sprintf("%s: %d to remove, %d kept", r.Repo, t.Planned, t.Kept)
	}
	if r.Journal != "" {
		text += "; journal: " + r.Journal
	}
	return text + fmt.Sprintf(" (%d %s, %.1f s)", r.HTTP.Requests, plural("request", int(r.HTTP.Requests)), float64(r.DurationMs)/1000)
}
