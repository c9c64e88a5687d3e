package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/repair"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// RepairResult is the result of the repair command.
type RepairResult struct {
	Header
	Repo    string   `json:"repo"`
	Sources []string `json:"sources"`
	Shard   string   `json:"shard,omitempty"`
	Totals  Totals   `json:"totals"`
	DryRun  bool     `json:"dryRun"`
	// Images are those that lacked something, one for each digest, as a promotion of each to itself.
	Images []Image `json:"images"`
	// Candidates are the attachments that were found elsewhere, be they brought or not.
	Candidates []RepairCandidate `json:"candidates"`
	// Audit is that of the image paths that were touched, after it; of all, when nothing was.
	Audit *RepairAudit `json:"audit,omitempty"`
	// SignAgain are images of which no copy of a signature is left anywhere that was looked at.
	SignAgain []AuditImage `json:"signAgain"`
	Warnings  []string     `json:"warnings"`
	Error     *Error       `json:"error,omitempty"`
	Traffic
}

// RepairCandidate is an attachment elsewhere that an image lacks.
type RepairCandidate struct {
	Image   string `json:"image"`
	Tag     string `json:"tag"`
	Subject string `json:"subject"`
	Digest  string `json:"digest"`
	Kind    string `json:"kind"`
	// Place is the Artifactory folder in which it is.
	Place string `json:"place"`
	// Creator is the user who stored it; empty if that cannot be told.
	Creator string `json:"creator,omitempty"`
	Brought bool   `json:"brought"`
	// Reason says why it is not brought, or which part of it is.
	Reason string `json:"reason,omitempty"`
}

func candidate(c repair.Candidate) RepairCandidate {
	return RepairCandidate{
		Image: c.For.Path, Tag: c.For.Tag, Subject: c.Subject.String(), Digest: c.Manifest.Digest.String(), Kind: string(c.Kind), Place: c.Folder(),
		Creator: c.Creator, Brought: c.Why == "", Reason: cmp.Or(c.Why, c.Only),
	}
}

// RepairAudit is an audit without the images that have no findings.
type RepairAudit struct {
	Totals AuditTotals  `json:"totals"`
	Images []AuditImage `json:"images"`
}

// NewRepair begins the result of a repair. found is nil when there is an error.
func NewRepair(audit *AuditResult, dryRun bool, found *repair.Result, registry string, err error) *RepairResult {
	r := &RepairResult{
		Header: Header{Command: "repair"}, Repo: audit.Repo, Sources: audit.Sources, Shard: audit.Shard, DryRun: dryRun,
		Images: []Image{}, Candidates: []RepairCandidate{}, SignAgain: []AuditImage{}, Warnings: audit.Warnings, Error: errorOf(err),
	}
	promoted := &Result{Header: Header{Command: "repair"}, DryRun: dryRun, Images: []Image{}}
	if found != nil {
		for _, one := range found.Results {
			promoted.add(image(one))
		}
		for _, c := range found.Candidates {
			r.Candidates = append(r.Candidates, candidate(c))
		}
		f := fixes{repo: audit.Repo, sources: audit.Sources, registry: registry}
		for _, i := range found.SignAgain {
			r.SignAgain = append(r.SignAgain, auditImage(i, f))
		}
		r.Audit = withFindings(audit)
	}
	r.Status, r.Totals, r.Images = promoted.status(err), promoted.Totals, promoted.Images
	r.Totals.Success -= r.leftAlone()
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

// Text returns the repair for people.
func (r *RepairResult) Text(on terminal.Screen) string {
	if r.Error != nil && r.Audit == nil {
		return ""
	}
	var blocks []string
	if len(r.Images) > 0 {
		t := terminal.NewTable("IMAGE", "ATTACHED", "OUTCOME")
		for _, i := range r.Images {
			t.Add(terminal.Printable(i.Source.Image+":"+i.Source.Tag), i.attached(), i.repaired())
		}
		blocks = append(blocks, t.Render(on))
	}
	if len(r.Candidates) > 0 {
		t := terminal.NewTable("FOUND ELSEWHERE", "KIND", "DIGEST", "BY", "BROUGHT")
		for _, c := range r.Candidates {
			t.Add(terminal.Printable(c.Place), c.Kind, terminal.Short(c.Digest), terminal.Printable(c.Creator), terminal.Short(c.brought()))
		}
		blocks = append(blocks, t.Render(on))
	}
	if len(r.SignAgain) > 0 {
		t := terminal.NewTable("SIGN AGAIN", "STATE", "DIGEST")
		for _, i := range r.SignAgain {
			t.Add(terminal.Printable(i.Name()), i.State, terminal.Short(i.Digest))
		}
		blocks = append(blocks, t.Render(on))
	}
	return strings.Join(append(blocks, on.Lines(r.summary())), "\n\n")
}

func (c RepairCandidate) brought() string {
	switch {
	case !c.Brought:
		return "no: " + c.Reason
	case c.Reason != "":
		return "in part: " + c.Reason
	default:
		return "yes"
	}
}

// leftAlone counts the images for which something was found elsewhere, and nothing that may come.
func (r *RepairResult) leftAlone() int {
	return (&Result{Images: r.Images}).count(string(promotion.AlreadyThere))
}

// repaired is the outcome in the words of this command.
func (i Image) repaired() string {
	switch i.Outcome {
	case string(promotion.Promoted):
		return "repaired"
	case string(promotion.AlreadyThere):
		return "nothing brought"
	default:
		return i.Outcome
	}
}

func (r *RepairResult) summary() string {
	done := "repaired"
	if r.DryRun {
		done = "to repair"
	}
	text := fmt.Sprintf("%s: %d %s %s, %d failed", r.Repo, r.Totals.Success, terminal.Plural("image", r.Totals.Success), done,
		r.Totals.Failure)
	if n := r.leftAlone(); n > 0 {
		text += fmt.Sprintf(", %d left as %s: nothing of what was found may come", n,
			map[bool]string{true: "it is", false: "they are"}[n == 1])
	}
	if n := len(r.SignAgain); n > 0 {
		text += fmt.Sprintf(", %d to be signed again", n)
	}
	if !r.DryRun && len(r.Images) > 0 && r.Audit != nil {
		text += fmt.Sprintf("\naudit of what was touched: %d of %d images without findings, %d lost",
			r.Audit.Totals.Images-r.Audit.Totals.Findings, r.Audit.Totals.Images, r.Audit.Totals.Lost)
	}
	return text + " " + r.cost()
}
