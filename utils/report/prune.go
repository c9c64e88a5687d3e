package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/prune"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// PruneResult is the result of the prune command.
type PruneResult struct {
	Header
	Repo   string `json:"repo"`
	Shard  string `json:"shard,omitempty"`
	DryRun bool   `json:"dryRun"`
	// Quarantine is the repository that attachments are moved to; without one they are deleted.
	Quarantine string `json:"quarantine,omitempty"`
	// Journal is the file that tells what was removed.
	Journal     string       `json:"journal,omitempty"`
	Totals      PruneTotals  `json:"totals"`
	Attachments []PrunedItem `json:"attachments"`
	Warnings    []string     `json:"warnings"`
	Error       *Error       `json:"error,omitempty"`
	Traffic
}

// PruneTotals counts attachments by outcome.
type PruneTotals struct {
	Planned int `json:"planned"`
	Removed int `json:"removed"`
	// Seen are those that wait for another run to see them.
	Seen   int `json:"seen"`
	Kept   int `json:"kept"`
	Failed int `json:"failed"`
	// NotBegun are those that the run did not come to.
	NotBegun int `json:"notBegun"`
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
	// FirstSeen is when an earlier run first saw it without its subject; nil if none has.
	FirstSeen *time.Time `json:"firstSeen,omitempty"`
	// Outcome is planned, removed, seen, kept, failed or not-begun.
	Outcome string `json:"outcome"`
	// Reason says why it stays.
	Reason string `json:"reason,omitempty"`
	// To is where it was moved to.
	To string `json:"to,omitempty"`
	// Restore says how to bring back what was removed.
	Restore string `json:"restore,omitempty"`
	Error   *Error `json:"error,omitempty"`
}

// NewPrune begins the result of a prune with what was found; Removals takes over what became of it.
func NewPrune(r prune.Request, dryRun bool, quarantine string, found *prune.Orphans,
	err error,
) *PruneResult {
	result := &PruneResult{
		Header: Header{Status: Success, Command: "prune"}, Repo: r.Repo, Shard: r.Shard.String(), DryRun: dryRun, Quarantine: quarantine,
		Attachments: []PrunedItem{}, Warnings: []string{}, Error: errorOf(err),
	}
	if found != nil {
		result.Warnings = append(result.Warnings, found.Warnings...)
		for _, o := range found.All {
			result.Attachments = append(result.Attachments, pruned(o))
		}
		if len(found.Unread) > 0 {
			result.Error = unread(found.Unread)
		}
	}
	result.count()
	return result
}

// unread is the error for what could not be read. It keeps the rest of the repository from nothing.
func unread(paths []prune.Unread) *Error {
	var all []string
	for _, u := range paths {
		all = append(all, u.Problems...)
	}
	const shown = 3
	text := strings.Join(all[:min(shown, len(all))], "; ")
	if more := len(all) - shown; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return &Error{
		Message: fmt.Sprintf("nothing was removed from %d image %s, where something cannot be read: %s", len(paths),
			terminal.Plural("path", len(paths)), text),
		Hint: "Whatever cannot be read may need any attachment beside it. Leave such an image path out with --exclude, or see to what is wrong there.",
	}
}

func pruned(o prune.Orphan) PrunedItem {
	item := PrunedItem{
		Path: o.Folder(), Digest: o.Digest.String(), Subject: o.Subject.String(), Kind: string(o.Kind), Storage: string(o.Storage),
		Changed: o.Changed.UTC(), Outcome: "planned", Reason: o.KeepReason,
	}
	switch {
	case o.Waits:
		item.Outcome = string(prune.Seen)
	case o.KeepReason != "":
		item.Outcome = string(prune.Kept)
	}
	if !o.Seen.IsZero() {
		seen := o.Seen.UTC()
		item.FirstSeen = &seen
	}
	return item
}

// NotNoted takes over which attachments could not be noted as seen, and why, by their positions.
func (r *PruneResult) NotNoted(errs map[int]error) {
	for i, err := range errs {
		r.Attachments[i].Outcome, r.Attachments[i].Error = string(prune.Failed), errorOf(err)
	}
	r.count()
}

// Decline notes that the user did not want it.
func (r *PruneResult) Decline() {
	for i := range r.Attachments {
		if a := &r.Attachments[i]; a.Outcome == "planned" {
			a.Outcome, a.Reason = string(prune.Kept), "not confirmed"
		}
	}
	r.count()
}

// Fail notes what ended the run before anything was removed.
func (r *PruneResult) Fail(err error) {
	r.Error = errorOf(err)
	for i := range r.Attachments {
		if a := &r.Attachments[i]; a.Outcome == "planned" {
			a.Outcome = string(prune.NotBegun)
		}
	}
	r.count()
}

// Removals takes over what became of the attachments. err is what ended the run early.
func (r *PruneResult) Removals(removals []prune.Removal, err error) {
	r.Attachments = r.Attachments[:0]
	for _, m := range removals {
		item := pruned(m.Orphan)
		item.Outcome, item.Error, item.To = string(m.Outcome), errorOf(m.Err), m.To
		if m.Warning != "" && !slices.Contains(r.Warnings, m.Warning) {
			r.Warnings = append(r.Warnings, m.Warning)
		}
		if m.Outcome == prune.Removed {
			item.Restore = restore(m.Orphan, m.To)
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
		switch prune.Outcome(a.Outcome) {
		case prune.Removed:
			r.Totals.Removed++
		case prune.Seen:
			r.Totals.Seen++
		case prune.Kept:
			r.Totals.Kept++
		case prune.Failed:
			r.Totals.Failed++
		case prune.NotBegun:
			r.Totals.NotBegun++
		default:
			r.Totals.Planned++
		}
	}
	switch {
	case r.Error != nil, r.Totals.Failed+r.Totals.NotBegun > 0:
		r.Status = Failure
	case r.Totals.Planned+r.Totals.Removed+r.Totals.Seen == 0:
		r.Status = NothingToDo
	default:
		r.Status = Success
	}
}

// restore says how to bring an attachment back. One that is no tag has to be listed by the registry again, which repair
// sees to.
func restore(o prune.Orphan, to string) string {
	command := fmt.Sprintf("jf rt curl -XPOST '/api/trash/restore/%s?to=%s'", o.Folder(), o.Folder())
	if to != "" {
		command = fmt.Sprintf("jf rt cp '%s/*' '%s/' --flat --recursive=false", to, o.Folder())
	}
	if o.Storage == attachment.Referrer {
		command += fmt.Sprintf(" && jf signed-promote repair %s --include '%s'", o.Image.Repo, o.Image.Path)
	}
	return command
}

// Text returns the prune for people.
func (r *PruneResult) Text(on terminal.Screen) string {
	if r.Error != nil && len(r.Attachments) == 0 {
		return ""
	}
	return strings.Join(append(r.groups(on), on.Lines(r.summary())), "\n\n")
}

// groups lists the attachments below what became of them and why, which is the same for many.
func (r *PruneResult) groups(on terminal.Screen) []string {
	var heads, blocks []string
	for _, a := range r.Attachments {
		head := a.outcomeText()
		at := slices.Index(heads, head)
		if at < 0 {
			at = len(heads)
			heads, blocks = append(heads, head), append(blocks, on.Lines(head))
		}
		path := strings.TrimPrefix(on.Name(terminal.Short(strings.TrimPrefix(a.Path, r.Repo+"/")), terminal.Gutter), terminal.Gutter)
		blocks[at] += "\n" + on.Flow(terminal.Gutter, terminal.Gutter+terminal.Gutter, path, a.Kind)
	}
	return blocks
}

func (a PrunedItem) outcomeText() string {
	switch {
	case a.Error != nil:
		return a.Outcome + ": " + terminal.Short(a.Error.Message)
	case a.Outcome == string(prune.Seen):
		return "seen, not removed: " + terminal.Short(a.Reason)
	case a.Reason != "":
		return a.Outcome + ", since " + terminal.Short(a.Reason)
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
	if t.NotBegun > 0 {
		text += fmt.Sprintf(", %d not begun", t.NotBegun)
	}
	if t.Seen > 0 {
		text += fmt.Sprintf(", %d seen, not removed", t.Seen)
	}
	if r.Journal != "" {
		text += "; journal: " + r.Journal
	}
	return text + " " + r.cost()
}
