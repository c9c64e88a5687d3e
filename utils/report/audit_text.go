package report

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// Text returns the audit for people: a row for every image with findings, and the totals.
func (r *AuditResult) Text(on terminal.Screen) string {
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
	return strings.Join(append(blocks, on.Lines(r.summary())), "\n\n")
}

func (r *AuditResult) findings(on terminal.Screen) string {
	t := terminal.NewTable("IMAGE", "STATE", "FINDING")
	for _, i := range r.Images {
		for n, f := range i.Findings {
			name, state := "", ""
			if n == 0 {
				name, state = terminal.Printable(i.Name()), i.State
			}
			t.Add(name, state, terminal.Short(i.about(f)))
		}
	}
	return t.Render(on)
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
	text := fmt.Sprintf("%s: %d %s: ", where, t.Images, terminal.Plural("image", t.Images))
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
		text += fmt.Sprintf("; not complete: %d %s that could not be read", t.Unreadable, terminal.Plural("manifest", t.Unreadable))
	}
	return text + " " + r.cost()
}
