package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/prune"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/repair"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// hostile is what a server may say.
const hostile = "<script>alert(1)</script>\x1b[31m & \"quoted\""

func when(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC) }

// audited returns an audit with every state and every kind of finding.
func audited() (audit.Request, *audit.Result) {
	request := audit.Request{
		Repo: "prod", Sources: []string{"dev"},
		Selection: inventory.Selection{Shard: inventory.Shard{Index: 1, Total: 1}},
	}
	elsewhere, verified := reference.Image{Repo: "dev", Path: "team/app"}, true
	found := &audit.Result{Untagged: 2, Problems: []string{"a manifest cannot be read: " + hostile}}
	problems := []audit.Problem{
		audit.NotSigned, audit.LeftBehind, audit.Damaged, audit.Lacking, audit.Missing, audit.Unreadable, audit.NoSignature, audit.Nested, audit.NotVerified,
	}
	for n, state := range audit.States() {
		i := audit.Image{
			Reference: reference.Reference{
				Image: reference.Image{Repo: "prod", Path: "team/app"}, Tag: string(state),
				Digest: digest.FromString(string(state)),
			},
			State: state, Changed: when(n + 1),
		}
		if state != audit.Signed {
			for _, p := range problems {
				i.Findings = append(i.Findings, audit.Finding{Problem: p, Subject: i.Digest, Message: "what is wrong: " +
					hostile, FoundIn: []reference.Image{elsewhere}})
			}
			i.Findings = append(i.Findings,
				audit.Finding{
					Problem: audit.Damaged, Subject: digest.FromString("child"),
					Name: digest.FromString("x").String(), Message: "listed nowhere", Unlisted: true,
				},
				audit.Finding{
					Problem: audit.Damaged, Subject: i.Digest, Name: "sha256-" + i.Digest.Encoded() + ".sig",
					Message: "no payload",
				})
			i.FoundIn, i.Verified = []reference.Image{elsewhere}, &verified
		}
		found.Images = append(found.Images, i)
	}
	return request, found
}

func audits() map[string]*report.AuditResult {
	request, found := audited()
	whole := report.NewAudit(request, found, "registry.example.com", when(20), nil)
	compared := report.NewAudit(request, found, "registry.example.com", when(20), nil)
	empty := report.NewAudit(request, &audit.Result{}, "registry.example.com", when(10), nil)
	compared.Compare(empty)
	empty.Compare(whole)
	merged, err := report.MergeAudits([]*report.AuditResult{whole})
	if err != nil {
		panic(err)
	}
	return map[string]*report.AuditResult{
		"whole": whole, "compared": compared, "empty": empty, "merged": merged,
		"failed": report.NewAudit(request, nil, "", when(20), &failure.Failure{
			Side: failure.Target, Message: hostile,
			Hint: "do something",
		}),
	}
}

func repairs() map[string]*report.RepairResult {
	request, found := audited()
	at := found.Images[2].Reference
	result := &promotion.Result{
		Request: plan.Request{Source: at, Target: at}, Outcome: promotion.Promoted,
		Execution: plan.Execution{Steps: []plan.StepResult{{
			Step:    plan.Step{Action: plan.PushReferrer, Path: "prod/team/app/x", Digest: at.Digest},
			Outcome: plan.StepDone,
		}}},
	}
	failed := &promotion.Result{
		Request: plan.Request{Source: at, Target: at}, Outcome: promotion.Failed,
		Err: errors.New(hostile),
	}
	audited := report.NewAudit(request, found, "registry.example.com", when(20), nil)
	repaired := &repair.Result{Results: []*promotion.Result{result, failed}, After: found, SignAgain: found.Images[3:4]}
	return map[string]*report.RepairResult{
		"some":    report.NewRepair(audited, false, repaired, "registry.example.com", nil),
		"nothing": report.NewRepair(audited, true, &repair.Result{After: found}, "registry.example.com", nil),
		"failed":  report.NewRepair(report.NewAudit(request, nil, "", when(20), nil), false, nil, "", errors.New(hostile)),
	}
}

func prunes() map[string]*report.PruneResult {
	request := prune.Request{
		Repo:      "prod",
		Selection: inventory.Selection{Shard: inventory.Shard{Index: 2, Total: 3}},
	}
	orphan := prune.Orphan{
		Image: reference.Image{Repo: "prod", Path: "team/app"}, Name: "sha256-" + digest.FromString("gone").Encoded() + ".sig",
		Digest: digest.FromString("signature"), Subject: digest.FromString("gone"), Storage: attachment.SuffixTag, Kind: attachment.KindSignature, Changed: when(1),
	}
	kept := orphan
	kept.KeepReason = "it is too young"
	found := &prune.Orphans{All: []prune.Orphan{orphan, kept}, Warnings: []string{"maxUniqueTags is 3"}}
	done := report.NewPrune(request, false, "quarantine", found, nil)
	referrer := orphan
	referrer.Storage, referrer.Name = attachment.Referrer, orphan.Digest.String()
	done.Removals([]prune.Removal{
		{Orphan: orphan, To: "quarantine/prod/team/app/x", Outcome: prune.Removed},
		{Orphan: kept, Outcome: prune.Kept},
		{Orphan: orphan, Outcome: prune.Failed, Err: errors.New(hostile)},
		{Orphan: referrer, Outcome: prune.Removed},
		{Orphan: orphan, Outcome: prune.NotBegun},
	}, nil)
	done.Journal = "journal.jsonl"
	declined := report.NewPrune(request, false, "", found, nil)
	declined.Decline()
	return map[string]*report.PruneResult{
		"planned": report.NewPrune(request, true, "", found, nil), "done": done, "declined": declined,
		"failed": report.NewPrune(request, false, "", nil, errors.New(hostile)),
	}
}

func TestInventoriesFollowTheirSchemas(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		for name, r := range audits() {
			assert.NoError(t, schema(t, "audit", closed).Validate(instance(t, r)), name)
		}
		for name, r := range repairs() {
			assert.NoError(t, schema(t, "repair", closed).Validate(instance(t, r)), name)
		}
		for name, r := range prunes() {
			assert.NoError(t, schema(t, "prune", closed).Validate(instance(t, r)), name)
		}
	}
}

func TestTablesOfInventories(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, r := range audits() {
		texts = append(texts, r.Text(terminal.Screen{}))
	}
	for _, r := range repairs() {
		texts = append(texts, r.Text(terminal.Screen{}))
	}
	for _, r := range prunes() {
		texts = append(texts, r.Text(terminal.Screen{}))
	}
	for _, text := range texts {
		assert.NotContains(t, text, "\x1b")
		assert.NotRegexp(t, `[0-9a-f]{64}`, text, "digests are shortened")
	}
	assert.Contains(t, audits()["whole"].Text(terminal.Screen{}),
		"prod (shard 1/1): 6 images: 1 signed, 1 partly, 1 lost, 1 unsigned, 1 broken, 1 unknown; 5 verified")
	assert.Contains(t, audits()["compared"].Text(terminal.Screen{}),
		"Since 2026-03-10T12:00:00Z: 55 new, 0 fixed, 0 still open")
	assert.Contains(t, repairs()["some"].Text(terminal.Screen{}), "prod: 1 image repaired, 1 failed, 1 to be signed again")
	assert.Contains(t, prunes()["done"].Text(terminal.Screen{}),
		"prod: 2 removed, 1 kept, 1 failed, 1 not begun; journal: journal.jsonl")
	assert.Contains(t, prunes()["planned"].Text(terminal.Screen{}), "prod: 1 to remove, 1 kept")
}

// CI systems read the XML, whatever the server said.
func TestJUnit(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, report.JUnit(&b, audits()["whole"]))
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(b.Bytes(), &suites))
	assert.Equal(t, []int{6, 4, 1}, []int{suites.Tests, suites.Failures, suites.Errors},
		"what could not be told is an error")
	require.Len(t, suites.Suites, 1)
	assert.Equal(t, "team/app", suites.Suites[0].Name)
	assert.Len(t, suites.Suites[0].Cases, 6)
	assert.Contains(t, suites.Suites[0].Cases[2].Failure,
		"jf signed-promote repair prod --source-repos 'dev' --include 'team/app'")

	b.Reset()
	require.NoError(t, report.JUnit(&b, audits()["failed"]))
	require.NoError(t, xml.Unmarshal(b.Bytes(), &suites))
	assert.Equal(t, 1, suites.Errors, "an audit that failed does not look like one without findings")
}

// The page needs nothing else and lets nothing of a server's words become markup.
func TestHTML(t *testing.T) {
	t.Parallel()
	for name, r := range audits() {
		var b bytes.Buffer
		require.NoError(t, report.HTML(&b, r), name)
		page := b.String()
		assert.NotContains(t, page, "<script>alert", name)
		assert.Equal(t, 1, strings.Count(page, "<script"), name)
		for _, outside := range []string{"http://", "https://", "src=", "<link", "@import", "url("} {
			assert.NotContains(t, page, outside, name)
		}
		assert.Contains(t, page, "default-src 'none'", name)
	}
	var b bytes.Buffer
	require.NoError(t, report.HTML(&b, audits()["whole"]))
	page := b.String()
	assert.Contains(t, page, "1 of 6 images are signed (16.7\u00a0%).", "without any script")
	assert.Equal(t, 5, strings.Count(page, "<article"))
	assert.Contains(t, page, "cosign attest --type")
	b.Reset()
	require.NoError(t, report.HTML(&b, audits()["failed"]))
	assert.Contains(t, b.String(), "The audit failed.")
}

func TestResultsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	assert.Error(t, report.HTML(unwritable{}, audits()["whole"]))
	assert.Error(t, report.JUnit(unwritable{}, audits()["whole"]))
	assert.Error(t, report.NewJournal(unwritable{}, func() error { return nil }).Record(prune.Entry{}))
	assert.Error(t, report.NewJournal(io.Discard, func() error { return io.ErrClosedPipe }).Record(prune.Entry{}))
}

// unwritable takes nothing.
type unwritable struct{}

func (unwritable) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestMergeRefusesWhatDoesNotBelongTogether(t *testing.T) {
	t.Parallel()
	part := func(repo, shard string, sources ...string) *report.AuditResult {
		return &report.AuditResult{Header: report.Header{Command: "audit"}, Repo: repo, Shard: shard, Sources: sources}
	}
	for says, results := range map[string][]*report.AuditResult{
		"different audits":        {part("prod", "1/2"), part("dev", "2/2")},
		"with sources [dev], and": {part("prod", "1/2", "dev"), part("prod", "2/2")},
		"is of no shard":          {part("prod", "1/2"), part("prod", "")},
		"is there twice":          {part("prod", "1/2"), part("prod", "1/2")},
		"does not belong":         {part("prod", "1/2"), part("prod", "2/3")},
		"1 of 2 shards of prod":   {part("prod", "1/2")},
	} {
		_, err := report.MergeAudits(results)
		assert.ErrorContains(t, err, says)
	}
}
