package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
	"github.com/signed-promote/signed-promote/tests/live/internal/report"
	"github.com/signed-promote/signed-promote/tests/live/internal/scenario"
)

func sample() *report.Report {
	statement := contract.Statement{
		ID: "copy-nests", Text: "A folder | nests <below>.", Section: "5.3",
		Relied: "Everything.", Confidence: contract.Documented,
	}
	refuted := contract.Verdict{
		Outcome: contract.Refuted, Found: "It does not.", Knob: "Some=true",
		Evidence: []client.Exchange{{Request: "GET <server>/x", Status: 404, Header: map[string]string{"b": "2", "a": "1"}, Body: "```"}},
	}
	return &report.Report{
		Version: "7.1.2", PackageType: "docker", Notes: []string{"a note"},
		Statements: []report.Line{
			report.NewLine(statement, contract.Verdict{
				Outcome: contract.Confirmed,
				Found:   "It does.",
			}), report.NewLine(statement, refuted),
		},
		Scenarios: []scenario.Result{{Name: "single", Passed: true, Proofs: 4}, {Name: "rich", Problem: "cosign: no"}},
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	text := string(sample().Markdown())
	assert.Contains(t, text, "1 confirmed, 1 refuted, 0 not testable. Scenarios: 1 of 2 passed.")
	assert.Contains(t, text, `A folder \| nests &lt;below>.`, "a cell holds what would end it")
	assert.Contains(t, text, "GET <server>/x\n  404\n  a: 1\n  b: 2\n  '''\n",
		"the evidence is in a block that it cannot end")
	assert.Less(t, strings.Index(text, "## Refuted"), strings.Index(text, "## Confirmed"))
	assert.Contains(t, text, "failed: cosign: no")
}

func TestJSON(t *testing.T) {
	t.Parallel()
	raw, err := sample().JSON()
	require.NoError(t, err)
	var back map[string]any
	require.NoError(t, json.Unmarshal(raw, &back))
	assert.NotContains(t, back, "server")
	assert.Contains(t, string(raw), `"outcome": "refuted"`)
}

func TestTable(t *testing.T) {
	t.Parallel()
	r := sample()
	assert.Equal(t, 1, strings.Count(report.StatementRow(r.Statements[0]), "\n"), "what is as assumed takes a line")
	assert.Contains(t, report.StatementRow(r.Statements[1]), "knob of the double: Some=true")
	assert.Contains(t, report.ScenarioRow(r.Scenarios[1]), "FAILED")
	assert.Contains(t, r.Summary(), "note: a note")
	for line := range strings.SplitSeq(report.StatementRow(r.Statements[1])+report.ScenarioRow(r.Scenarios[1]), "\n") {
		assert.LessOrEqual(t, len(line), 100)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	require.NoError(t, report.Guard([]byte("all is well"), "token", ""))
	require.ErrorIs(t, report.Guard([]byte("the token is here"), "token"), report.ErrSecret)
}
