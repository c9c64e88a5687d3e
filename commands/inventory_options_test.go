package commands

import (
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/report"
)

func TestAuditOptions(t *testing.T) {
	t.Parallel()
	got := newAuditOptions()
	require.NoError(t, got.parse(contextOf(t, "audit", "prod", "--source-repos=dev;qa;", "--include=team/*;app?",
		"--exclude=team/old*",
		"--since=2026-01-31", "--require=sbom;attestation", "--shard=2/10", "--format=html", "--baseline=old.json", "--attachment-repo=sigs/all", "--threads=8")))
	assert.Equal(t, []string{"dev", "qa"}, got.sourceRepos)
	assert.Equal(t, []string{"prod"}, got.arguments)
	assert.Equal(t, time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), got.since)
	assert.Equal(t, []attachment.Kind{attachment.KindSBOM, attachment.KindAttestation}, got.required)
	assert.Equal(t, inventory.Shard{Index: 2, Total: 10}, got.shard)
	assert.Equal(t, formatHTML, got.format)
	wanted := inventory.Selection{Include: got.include, Exclude: got.exclude}
	for path, want := range map[string]bool{
		"team/app": true, "team/a/b": true, "app1": true, "app": false, "app12": false,
		"team/old/x": false, "other": false,
	} {
		assert.Equal(t, want, wanted.Wants(path), path)
	}
}

func TestAuditMerge(t *testing.T) {
	t.Parallel()
	got := newAuditOptions()
	require.NoError(t, got.parse(contextOf(t, "audit", "--merge", "a.json", "b.json", "c.json")))
	assert.True(t, got.merge)
	assert.Equal(t, []string{"a.json", "b.json", "c.json"}, got.arguments)
	require.EqualError(t, newAuditOptions().parse(contextOf(t, "audit", "a", "b")),
		"audit takes one repository; several files are for --merge")
}

func TestRepairOptions(t *testing.T) {
	t.Parallel()
	var got repairOptions
	d := digest.FromString("denied")
	require.NoError(t, got.parse(contextOf(t, "repair", "prod", "--source-repos=dev", "--kinds=sbom;bundle",
		"--not="+d.String(), "--on-conflict=keep", "--dry-run")))
	assert.Equal(t, []any{"prod", plan.OnConflictKeep, true}, []any{got.repo, got.onConflict, got.dryRun})
	assert.Equal(t, []attachment.Kind{attachment.KindSBOM, attachment.KindBundle}, got.kinds)
	assert.Equal(t, []digest.Digest{d}, got.not)
	for args, says := range map[string]string{
		"--search-all": "say whose may come", "--kinds=sbon": "did you mean sbom?",
		"--not=sha256:12": "--not must be digests",
	} {
		require.ErrorContains(t, new(repairOptions).parse(contextOf(t, "repair", "prod", args)), says)
	}
}

func TestPruneOptions(t *testing.T) {
	t.Parallel()
	var got pruneOptions
	require.NoError(t, got.parse(contextOf(t, "prune", "dev", "--older-than=30d", "--quiet", "--quarantine-repo=q",
		"--journal=j")))
	assert.Equal(t, pruneRules{grace: 30 * 24 * time.Hour, quiet: true, quarantine: "q", journal: "j"}, got.pruneRules)
	got = pruneOptions{}
	require.NoError(t, got.parse(contextOf(t, "prune", "dev")))
	assert.Equal(t, pruneRules{grace: 24 * time.Hour}, got.pruneRules)
}

func TestAges(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0s": 0, "90m": 90 * time.Minute, "2d": 48 * time.Hour,
		"1w": 168 * time.Hour,
	} {
		got, err := age(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"", "d", "-1h", "-1d", "1.5d", "soon", "99999999d"} {
		_, err := age(text)
		assert.Error(t, err, text)
	}
}

// Systems number parallel jobs from 0 or from 1; a shard is numbered from 1. No test runs beside this one: it sets the
// environment.
func TestShardsFromTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		env, option, want, fail string
	}{
		"nothing":              {},
		"Kubernetes":           {env: "JOB_COMPLETION_INDEX=0", option: "10", want: "1/10"},
		"Kubernetes, the last": {env: "JOB_COMPLETION_INDEX=9", option: "10", want: "10/10"},
		"Kubernetes, no total": {env: "JOB_COMPLETION_INDEX=3"},
		"too few":              {env: "JOB_COMPLETION_INDEX=10", option: "10", fail: "with i from 1 to n"},
		"GitLab":               {env: "CI_NODE_INDEX=2 CI_NODE_TOTAL=4", want: "2/4"},
		"GitLab, one job":      {env: "CI_NODE_INDEX=1 CI_NODE_TOTAL=1"},
		"CircleCI":             {env: "CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3", want: "1/3"},
		"Buildkite":            {env: "BUILDKITE_PARALLEL_JOB=2 BUILDKITE_PARALLEL_JOB_COUNT=3", want: "3/3"},
		"Semaphore":            {env: "SEMAPHORE_JOB_INDEX=1 SEMAPHORE_JOB_COUNT=3", want: "1/3"},
		"Azure Pipelines":      {env: "SYSTEM_JOBPOSITIONINPHASE=3 SYSTEM_TOTALJOBSINPHASE=3", want: "3/3"},
		"the option is louder": {env: "CI_NODE_INDEX=2 CI_NODE_TOTAL=4", option: "1/2", want: "1/2"},
		"no number":            {option: "10", fail: "write --shard i/10"},
		"zero":                 {option: "0/4", fail: "with i from 1 to n"},
		"beyond":               {option: "5/4", fail: "with i from 1 to n"},
		"words":                {option: "a/b", fail: "with i from 1 to n"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, job := range parallelJobs {
				t.Setenv(job.index, "")
			}
			for _, pair := range strings.Fields(c.env) {
				key, value, _ := strings.Cut(pair, "=")
				t.Setenv(key, value)
			}
			words := []string{"prod"}
			if c.option != "" {
				words = append(words, "--shard="+c.option)
			}
			var o shardOption
			err := o.parse(contextOf(t, "audit", words...))
			if c.fail != "" {
				require.ErrorContains(t, err, c.fail)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, o.shard.String())
		})
	}
}

// Only a clear yes removes anything.
func TestConfirmed(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{
		"y\n": true, "YES\n": true, "": false, "\n": false, "n\n": false,
		"yep\n": false,
	} {
		var asked strings.Builder
		assert.Equal(t, want, confirmed(strings.NewReader(answer), &asked, "Delete? "), "%q", answer)
		assert.Equal(t, "Delete? ", asked.String())
	}
	assert.Contains(t, question(&report.PruneResult{Repo: "dev", Quarantine: "q", Totals: report.PruneTotals{Planned: 3}},
		report.Screen{}), "Move to q 3 attachments of dev?")
}
