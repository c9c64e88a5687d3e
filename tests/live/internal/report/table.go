package report

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
	"github.com/signed-promote/signed-promote/tests/live/internal/scenario"
)

// width of a line at the terminal.
const width = 100

// StatementRow is a row of the table, with what was found where that is not what was assumed.
func StatementRow(l Line) string {
	row := fmt.Sprintf("%-13s %-36s %s\n", l.Outcome, l.ID, l.Confidence)
	if l.Outcome == contract.Confirmed {
		return row
	}
	row += wrap("statement: " + l.Text)
	row += wrap("found: " + l.Found)
	if l.Outcome == contract.Refuted {
		row += wrap("relied on: " + l.Relied)
		for _, e := range l.Evidence {
			row += wrap(fmt.Sprintf("%s → %d %s", e.Request, e.Status, e.Body))
		}
	}
	if l.Knob != "" {
		row += wrap("knob of the double: " + l.Knob)
	}
	return row
}

// ScenarioRow is a row of the table.
func ScenarioRow(r scenario.Result) string {
	outcome := "passed"
	if !r.Passed {
		outcome = "FAILED"
	}
	row := fmt.Sprintf("%-13s %-36s %d proofs at the target\n", outcome, r.Name, r.Proofs)
	if !r.Passed {
		row += wrap(r.Text) + wrap(r.Problem)
	}
	return row
}

// Summary is the last lines.
func (r *Report) Summary() string {
	s := fmt.Sprintf("%d statements: %d confirmed, %d refuted, %d not testable (%s repositories, Artifactory %s)\n",
		len(r.Statements),
		r.Count(contract.Confirmed), r.Count(contract.Refuted), r.Count(contract.Untestable), r.PackageType, r.Version)
	s += fmt.Sprintf("%d scenarios: %d passed, %d failed\n", len(r.Scenarios), len(r.Scenarios)-r.Failed(), r.Failed())
	for _, note := range r.Notes {
		s += "note: " + note + "\n"
	}
	return s
}

// wrap indents a text and breaks its lines between words.
func wrap(text string) string {
	const indent = "              "
	var b strings.Builder
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line) > len(indent) && len(line)+1+len(word) > width {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += word + " "
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}
