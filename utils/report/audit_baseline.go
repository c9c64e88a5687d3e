package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/terminal"
)

// Baseline compares the findings with those of an earlier audit.
type Baseline struct {
	// At is when the earlier audit was made.
	At string `json:"at"`
	// New, Fixed and Open name findings: those that only this audit has, only the earlier one, both.
	New   []BaselineFinding `json:"new"`
	Fixed []BaselineFinding `json:"fixed"`
	Open  []BaselineFinding `json:"open"`
}

// BaselineFinding is a finding as both audits would name it.
type BaselineFinding struct {
	Image   string `json:"image"`
	Tag     string `json:"tag"`
	Digest  string `json:"digest"`
	Problem string `json:"problem"`
	Subject string `json:"subject"`
	Name    string `json:"name,omitempty"`
}

// Compare notes what is new, fixed and still open since an earlier audit of the same repository. Images that the
// earlier one did not look at, or this one, belong to the comparison nevertheless: an image that was deleted is fixed.
func (r *AuditResult) Compare(earlier *AuditResult) {
	before, now := earlier.baselineFindings(), r.baselineFindings()
	b := &Baseline{
		At: earlier.At.Format("2006-01-02T15:04:05Z07:00"), New: []BaselineFinding{},
		Fixed: []BaselineFinding{}, Open: []BaselineFinding{},
	}
	known := map[BaselineFinding]bool{}
	for _, f := range before {
		known[f] = true
	}
	for _, f := range now {
		if known[f] {
			b.Open = append(b.Open, f)
			delete(known, f)
			continue
		}
		b.New = append(b.New, f)
	}
	for f := range known {
		b.Fixed = append(b.Fixed, f)
	}
	slices.SortFunc(b.Fixed, func(a, b BaselineFinding) int {
		return cmp.Or(cmp.Compare(a.Image, b.Image), cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Problem, b.Problem),
			cmp.Compare(a.Subject+a.Name, b.Subject+b.Name))
	})
	r.Baseline = b
}

func (r *AuditResult) baselineFindings() []BaselineFinding {
	var all []BaselineFinding
	for _, i := range r.Images {
		for _, f := range i.Findings {
			one := BaselineFinding{
				Image: i.Image, Tag: i.Tag, Digest: i.Digest, Problem: f.Problem, Subject: f.Subject,
				Name: f.Name,
			}
			if !slices.Contains(all[max(0, len(all)-len(i.Findings)):], one) {
				all = append(all, one)
			}
		}
	}
	return all
}

func (b *Baseline) text(on terminal.Screen) string {
	lines := []string{on.Lines(fmt.Sprintf("Since %s: %d new, %d fixed, %d still open", b.At, len(b.New), len(b.Fixed),
		len(b.Open)))}
	for _, part := range []struct {
		name string
		list []BaselineFinding
	}{{"new", b.New}, {"fixed", b.Fixed}} {
		for _, f := range part.list {
			lines = append(lines, on.Flow(terminal.Gutter, terminal.Gutter+terminal.Gutter, terminal.Pad(part.name, len("fixed")), terminal.Printable(f.Image+":"+f.Tag),
				terminal.Printable(f.Problem)))
		}
	}
	return strings.Join(lines, "\n")
}
