package report

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/inventory"
)

// RepairResult is the result of the repair command.
type RepairResult struct {
	Status  Status   `json:"status"`
	Command string   `json:"command"`
	Repo    string   `json:"repo"`
	Sources []string `json:"sources"`
	Shard   string   `json:"shard,omitempty"`
	Totals  Totals   `json:"totals"`
	DryRun  bool     `json:"dryRun"`
	// Images are those that lacked something, one for each digest, as a promotion of each to itself.
	Images []Image `json:"images"`
	// Audit is that of the image paths that were touched, after it; of all, when nothing was.
	Audit *RepairAudit `json:"audit,omitempty"`
	// SignAgain are images of which no copy of a signature is left anywhere that was looked at.
	SignAgain  []AuditImage `json:"signAgain"`
	Warnings   []string     `json:"warnings"`
	Error      *Error       `json:"error,omitempty"`
	HTTP       HTTP         `json:"http"`
	DurationMs int64        `json:"durationMs"`
}

// RepairAudit is an audit without the images that have no findings.
type RepairAudit struct {
	Totals AuditTotals  `json:"totals"`
	Images []AuditImage `json:"images"`
}

// NewRepair begins the result of a repair. found is nil when there is an error.
func NewRepair(audit *AuditResult, dryRun bool, found *inventory.Repair, registry string, err error) *RepairResult {
	r := &RepairResult{
		Command: "repair", Repo: audit.Repo, Sources: audit.Sources, Shard: audit.Shard, DryRun: dryRun,
		Images: []Image{}, SignAgain: []AuditImage{}, Warnings: audit.Warnings, Error: errorOf(err),
	}
	promoted := &Result{Command: "repair", DryRun: dryRun, Images: []Image{}}
	if found != nil {
		for _, one := range found.Results {
			promoted.add(image(one))
		}
		f := fixes{repo: audit.Repo, sources: audit.Sources, registry: registry}
		for _, i := range found.SignAgain {
			r.SignAgain = append(r.SignAgain, auditImage(i, f))
		}
		r.Audit = withFindings(audit)
	}
	r.Status, r.Totals, r.Images = promoted.status(err), promoted.Totals, promoted.Images
	return r
}

func withFindings(a *AuditResult) *RepairAudit {
	kept := &RepairAudit{Totals: a.Totals, Images: []AuditImage{}}
	for _, i := range a.Images {
		if len(i.Findings) > 0 {
			kept.Images = append(kept.Images, i)
		}
	}
	return kept
}

// Table gives the repair for people.
func (r *RepairResult) Table(on Screen) string {
	if r.Error != nil && r.Audit == nil {
		return ""
	}
	var blocks []string
	if len(r.Images) > 0 {
		t := newTable("IMAGE", "ATTACHED", "OUTCOME")
		for _, i := range r.Images {
			t.add(printable(i.Source.Image+":"+i.Source.Tag), i.attached(), i.repaired())
		}
		blocks = append(blocks, t.render(on))
	}
	if len(r.SignAgain) > 0 {
		t := newTable("SIGN AGAIN", "STATE", "DIGEST")
		for _, i := range r.SignAgain {
			t.add(printable(i.Name()), i.State, short(i.Digest))
		}
		blocks = append(blocks, t.render(on))
	}
	return strings.Join(append(blocks, on.lines(r.summary())), "\n\n")
}

// repaired is the outcome in the word of this command.
func (i Image) repaired() string {
	if i.Outcome == "promoted" {
		return "repaired"
	}
	return i.Outcome
}

func (r *RepairResult) summary() string {
	done := "repaired"
	if r.DryRun {
		done = "to repair"
	}
	text := fmt.Sprintf("%s: %d %s %s, %d failed", r.Repo, r.Totals.Success, plural("image", r.Totals.Success), done, r.Totals.Failure)
	if n := len(r.SignAgain); n > 0 {
		text += fmt.Sprintf(", %d to be signed again", n)
	}
	if !r.DryRun && len(r.Images) > 0 && r.Audit != nil {
		text += fmt.Sprintf("\naudit of what was touched: %d of %d images without findings, %d lost", r.Audit.Totals.Images-r.Audit.Totals.Findings, r.Audit.Totals.Images, r.Audit.Totals.Lost)
	}
	return text + fmt.Sprintf(" (%d %s, %.1f s)", r.HTTP.Requests, plural("request", int(r.HTTP.Requests)), float64(r.DurationMs)/1000)
}
