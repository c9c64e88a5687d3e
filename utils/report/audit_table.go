package report

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/audit"
)

// Table returns the audit for people: a row for every image with findings, and the totals.
func (r *AuditResult) Table(on Screen) string {
	if r.Error != nil {
		return ""
	}
	var blocks []string
	if r.Totals.Findings > 0 {
		blocks = append(blocks, r.findings(on))
	}
	if r.Baseline != nil {
		blocks = append(blocks, r.Baseline.text(on))
	}
	return strings.Join(append(blocks, on.lines(r.summary())), "\n\n")
}

func (r *AuditResult) findings(on Screen) string {
	t := newTable("IMAGE", "STATE", "FINDING")
	for _, i := range r.Images {
		for n, f := range i.Findings {
			name, state := "", ""
			if n == 0 {
				name, state = printable(i.Name()), i.State
			}
			t.add(name, state, short(i.about(f)))
		}
	}
	return t.render(on)
}

// about says what a finding is about, if that is not the image itself.
func (i AuditImage) about(f AuditFinding) string {
	if f.Subject == i.Digest || f.Problem == string(audit.LeftBehind) {
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
	for _, s := range audit.States() {
		if n := *t.of(s); n > 0 || s == audit.Signed {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	text += strings.Join(parts, ", ")
	if t.Verified != nil {
		text += fmt.Sprintf("; %d verified", *t.Verified)
	}
	if t.Unreadable > 0 {
		text += fmt.Sprintf("; not complete: %d %s that could not be read", t.Unreadable, plural("manifest", t.Unreadable))
	}
	return text + fmt.Sprintf(" (%d %s, %.1f s)", r.HTTP.Requests, plural("request", int(r.HTTP.Requests)),
		float64(r.DurationMs)/1000)
}
