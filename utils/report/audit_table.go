package report

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/signed-promote/signed-promote/utils/inventory"
)

// Table gives the audit for people: a row for every image with findings, and the totals.
func (r *AuditResult) Table() string {
	if r.Error != nil {
		return ""
	}
	var blocks []string
	if r.Totals.Findings > 0 {
		blocks = append(blocks, r.findings())
	}
	if r.Baseline != nil {
		blocks = append(blocks, r.Baseline.text())
	}
	return strings.Join(append(blocks, r.summary()), "\n\n")
}

func (r *AuditResult) findings() string {
	t := newTable("IMAGE", "STATE", "FINDING")
	for _, i := range r.Images {
		for n, f := range i.Findings {
			name, state := "", ""
			if n == 0 {
				name, state = printable(i.Name()), i.State
			}
			t.AppendRow(table.Row{name, state, short(i.about(f))})
		}
	}
	return render(t)
}

// about says what a finding is about, if that is not the image itself.
func (i AuditImage) about(f AuditFinding) string {
	if f.Subject == i.Digest || f.Problem == string(inventory.LeftBehind) {
		return f.Message
	}
	return f.Message + " (" + f.Subject + ")"
}

func (r *AuditResult) summary() string {
	t := r.Totals
	where := r.Repo
	if r.Shard != "" {
		where += " (shard " + r.Shard + ")"
	}
	text := fmt.Sprintf("%s: %d %s: ", where, t.Images, plural("image", t.Images))
	var parts []string
	for _, s := range inventory.States() {
		if n := *t.of(s); n > 0 || s == inventory.Signed {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	text += strings.Join(parts, ", ")
	if t.Verified != nil {
		text += fmt.Sprintf("; %d verified", *t.Verified)
	}
	return text + fmt.Sprintf(" (%d %s, %.1f s)", r.HTTP.Requests, plural("request", int(r.HTTP.Requests)), float64(r.DurationMs)/1000)
}
