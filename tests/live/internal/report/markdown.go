package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
)

// Markdown is the report as a user can paste it into an issue: what was refuted first, with its evidence.
func (r *Report) Markdown() []byte {
	var b strings.Builder
	b.WriteString("# Contract with Artifactory " + r.Version + ", " + r.PackageType + " repositories\n\n")
	if r.Server != "" {
		b.WriteString("Server: " + r.Server + "\n\n")
	}
	fmt.Fprintf(&b, "%d confirmed, %d refuted, %d not testable. Scenarios: %d of %d passed.\n",
		r.Count(contract.Confirmed), r.Count(contract.Refuted), r.Count(contract.Untestable), len(r.Scenarios)-r.Failed(), len(r.Scenarios))
	for _, note := range r.Notes {
		b.WriteString("\nNote: " + note + "\n")
	}
	for _, o := range []contract.Outcome{contract.Refuted, contract.Untestable, contract.Confirmed} {
		r.section(&b, o)
	}
	r.scenarios(&b)
	return []byte(b.String())
}

func (r *Report) section(b *strings.Builder, o contract.Outcome) {
	if r.Count(o) == 0 {
		return
	}
	b.WriteString("\n## " + strings.ToUpper(string(o[:1])) + string(o[1:]) + "\n\n")
	b.WriteString("| Statement | Known so far | Found | Knob of the double |\n|---|---|---|---|\n")
	for _, l := range r.Statements {
		if l.Outcome == o {
			fmt.Fprintf(b, "| `%s` %s | %s (%s) | %s | %s |\n", l.ID, cell(l.Text), l.Confidence, l.Section, cell(l.Found), cell(l.Knob))
		}
	}
	if o == contract.Refuted {
		r.evidence(b)
	}
}

func (r *Report) evidence(b *strings.Builder) {
	for _, l := range r.Statements {
		if l.Outcome != contract.Refuted {
			continue
		}
		fmt.Fprintf(b, "\n<details><summary>%s</summary>\n\nRelied on: %s\n\n```\n", l.ID, l.Relied)
		for _, e := range l.Evidence {
			b.WriteString(fence(exchange(e)))
		}
		b.WriteString("```\n\n</details>\n")
	}
}

func exchange(e client.Exchange) string {
	out := fmt.Sprintf("%s\n  %d\n", e.Request, e.Status)
	names := make([]string, 0, len(e.Header))
	for name := range e.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out += "  " + name + ": " + e.Header[name] + "\n"
	}
	if e.Body != "" {
		out += "  " + e.Body + "\n"
	}
	return out
}

func (r *Report) scenarios(b *strings.Builder) {
	if len(r.Scenarios) == 0 {
		return
	}
	b.WriteString("\n## Scenarios\n\n| Scenario | Outcome | Proofs at the target |\n|---|---|---|\n")
	for _, s := range r.Scenarios {
		outcome := "passed"
		if !s.Passed {
			outcome = "failed: " + s.Problem
		}
		fmt.Fprintf(b, "| %s: %s | %s | %d |\n", s.Name, cell(s.Text), cell(outcome), s.Proofs)
	}
}

// cell keeps a text from ending a cell of a table, or from being read as HTML.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(s)
}

// fence keeps a text from ending a block of code.
func fence(s string) string { return strings.ReplaceAll(s, "```", "'''") }
