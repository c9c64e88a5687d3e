package commands

import (
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

func TestAuditOptions(t *testing.T) {
	t.Parallel()
	got := newAuditOptions()
	require.NoError(t, parseAll(contextOf(t, "audit", "prod", "--source-repos=dev;qa;", "--include=team/*;app?",
		"--exclude=team/old*",
		"--since=2026-01-31", "--require=sbom;attestation", "--shard=2/10", "--format=html", "--baseline=old.json", "--attachment-repo=sigs/all", "--threads=8"), got))
	assert.Equal(t, []string{"dev", "qa"}, got.SourceRepos)
	assert.Equal(t, []string{"prod"}, got.arguments)
	assert.Equal(t, time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), got.Since)
	assert.Equal(t, []attachment.Kind{attachment.KindSBOM, attachment.KindAttestation}, got.Required)
	assert.Equal(t, inventory.Shard{Index: 2, Total: 10}, got.Shard)
	assert.Equal(t, option.FormatHTML, got.Format)
	wanted := inventory.Selection{Include: got.Include, Exclude: got.Exclude}
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
	require.NoError(t, parseAll(contextOf(t, "audit", "--merge", "a.json", "b.json", "c.json"), got))
	assert.True(t, got.Files.merge)
	assert.Equal(t, []string{"a.json", "b.json", "c.json"}, got.arguments)
	require.EqualError(t, parseAll(contextOf(t, "audit", "a", "b"), newAuditOptions()),
		"audit takes one repository; several files are for --merge")
}

func TestRepairOptions(t *testing.T) {
	t.Parallel()
	var got repairOptions
	d := digest.FromString("denied")
	require.NoError(t, parseAll(contextOf(t, "repair", "prod", "--source-repos=dev", "--kinds=sbom;bundle",
		"--not="+d.String(), "--on-conflict=keep", "--dry-run"), &got))
	assert.Equal(t, []any{"prod", plan.OnConflictKeep, true}, []any{got.repo, got.OnConflict, got.DryRun})
	assert.Equal(t, []attachment.Kind{attachment.KindSBOM, attachment.KindBundle}, got.Bring.kinds)
	assert.Equal(t, []digest.Digest{d}, got.Bring.not)
	for args, says := range map[string]string{
		"--search-all": "say whose may come", "--kinds=sbon": "did you mean sbom?",
		"--not=sha256:12": "--not must be digests",
	} {
		require.ErrorContains(t, parseAll(contextOf(t, "repair", "prod", args), new(repairOptions)), says)
	}
}

func TestPruneOptions(t *testing.T) {
	t.Parallel()
	var got pruneOptions
	require.NoError(t, parseAll(contextOf(t, "prune", "dev", "--older-than=30d", "--quiet", "--quarantine-repo=q",
		"--journal=j"), &got))
	assert.Equal(t, pruneRules{grace: 30 * 24 * time.Hour, quiet: true, quarantine: "q", journal: "j"}, got.Rules)
	got = pruneOptions{}
	require.NoError(t, parseAll(contextOf(t, "prune", "dev"), &got))
	assert.Equal(t, pruneRules{grace: 24 * time.Hour}, got.Rules)
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
		terminal.Screen{}), "Move to q 3 attachments of dev?")
}
