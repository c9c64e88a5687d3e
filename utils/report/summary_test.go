package report_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/report"
)

// rendered returns the HTML that GitHub's flavour of Markdown makes of a text.
func rendered(t *testing.T, markdown string) string {
	t.Helper()
	var page bytes.Buffer
	require.NoError(t, goldmark.New(goldmark.WithExtensions(extension.GFM),
		goldmark.WithRendererOptions(html.WithUnsafe())).Convert([]byte(markdown), &page))
	return page.String()
}

func TestSummaries(t *testing.T) {
	t.Parallel()
	results := promotions(t)
	for _, r := range results {
		r.HTTP.Requests, r.DurationMs = 12, 1234
	}
	text := texts(results, (*report.Result).Summary)
	golden(t, "summaries", text)
	page := rendered(t, text)
	assert.Contains(t, page, "<h3>signed-promote promote: success</h3>")
	assert.Contains(t, page, "<td><code>docker-dev/")
}

// Names and messages come from registries: none of them may add markup, HTML or links to the page of a run.
func TestNamesAreNoMarkdown(t *testing.T) {
	t.Parallel()
	const evil = "a|b`c`<script>x</script>[l](https://e.example)![i](https://e.example/i)**b**_e_ https://e.example www.e.example me@e.example\n# h\n- l\n\n---\n&amp;~~s~~\\"
	ref := report.Location{Repo: "docker", Image: evil, Tag: evil}
	failed := &report.Error{Message: evil, Hint: evil}
	image := report.Image{Source: ref, Target: ref, Mode: "copy", Outcome: evil, Warnings: []string{evil}, Error: failed}
	audited := report.AuditImage{
		Image: evil, Tag: evil, State: evil,
		Findings: []report.AuditFinding{{Message: evil, Fix: evil, Subject: evil}},
	}
	unsatisfied := &report.Verification{Requirements: []report.Requirement{
		{Requirement: evil, Missing: evil},
		{By: []string{evil}, Satisfied: true},
	}}
	for name, text := range map[string]string{
		"promotion": (&report.Result{Header: report.Header{Command: "promote"}, Images: []report.Image{image}, Error: failed}).Summary(),
		"audit": (&report.AuditResult{
			Header: report.Header{Command: "audit"}, Repo: evil, Images: []report.AuditImage{audited},
			Warnings: []string{evil}, Error: failed,
		}).Summary(),
		"repair": (&report.RepairResult{
			Header: report.Header{Command: "repair"}, Repo: evil, Images: []report.Image{image},
			SignAgain: []report.AuditImage{audited}, Error: failed,
		}).Summary(),
		"prune": (&report.PruneResult{
			Header: report.Header{Command: "prune"}, Repo: evil,
			Attachments: []report.PrunedItem{{Path: evil, Kind: evil, Reason: evil}}, Error: failed,
		}).Summary(),
		"verify": (&report.VerifyResult{Header: report.Header{Command: "verify"}, Images: []report.VerifyImage{
			{Image: ref, State: report.StateUnread, Error: failed}, {
				Image: ref, State: report.StateNotVerified,
				Verification: unsatisfied,
			},
		}, Error: failed}).Summary(),
	} {
		page := rendered(t, text)
		for _, tag := range regexp.MustCompile(`<(\w+)`).FindAllStringSubmatch(page, -1) {
			assert.Contains(t, []string{"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "ul", "li"}, tag[1],
				"%s: %s", name, page)
		}
		assert.Equal(t, 1, strings.Count(page, "<h3>"), name)
		assert.Contains(t, page, "a|b`c`&lt;script&gt;x&lt;/script&gt;[l](https://e.example)", "%s: nothing is lost either", name)
	}
}

// A table of more rows than anybody reads is cut, and says so.
func TestSummariesAreShort(t *testing.T) {
	t.Parallel()
	r := &report.Result{Header: report.Header{Command: "copy"}}
	for range 250 {
		r.Images = append(r.Images, report.Image{Source: report.Location{Repo: "docker", Image: "app"}})
	}
	text := r.Summary()
	assert.Equal(t, 100, strings.Count(text, "<code>"))
	assert.Contains(t, text, "The first 100 of 250 are shown; the result has all.")
}

func TestSummaryOfAFailedRun(t *testing.T) {
	t.Parallel()
	err := failure.At(failure.Target, errors.New("no"), "reading", "Check it.")
	assert.Contains(t, report.Promotion("promote", false, nil, err).Summary(),
		"Error:\n\n- target: reading: no. Check it.")
}
