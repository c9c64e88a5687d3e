package scenario

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/report"
)

// audited runs audit with --format json.
func (w *world) audited(args ...string) report.AuditResult {
	w.t.Helper()
	o := w.run(append([]string{"audit", prod, "--format", "json"}, args...)...)
	require.Contains(w.t, []int{exitDone, exitFindings}, o.code, o.stderr)
	var r report.AuditResult
	require.NoError(w.t, json.Unmarshal([]byte(o.stdout), &r))
	return r
}

// With a policy an audit tells of every image whether it satisfies it, and why not. A signature by somebody else is
// one, but not theirs.
func TestAuditWithAPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	w.signs(w.prod, w.prod.Single("by-alice", "v1"), alice)
	w.signs(w.prod, w.prod.Single("by-bob", "v2"), bob)
	w.prod.Single("unsigned", "v3")

	for _, i := range w.audited().Images {
		assert.Nil(t, i.Verified, i.Tag)
	}
	r := w.audited(asking(alice)...)
	require.Len(t, r.Images, 3)
	for _, i := range r.Images {
		require.NotNil(t, i.Verified, i.Tag)
		assert.Equal(t, i.Tag == "by-alice", *i.Verified, i.Tag)
		if i.Tag == "by-bob" {
			assert.Equal(t, "signed", i.State)
			assert.Contains(t, encode(i.Findings), "does not satisfy the policy")
		}
	}
	require.NotNil(t, r.Totals.Verified)
	assert.Equal(t, 1, *r.Totals.Verified)
}

// A repair brings nothing back that does not satisfy the policy, and does not let that keep the rest from coming back.
func TestRepairWithAPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	good, bad := w.dev.Single("good", "v1"), w.dev.Single("bad", "v2")
	w.signs(w.dev, good, alice)
	w.signs(w.dev, bad, bob)
	w.prod.Single("good", "v1")
	w.prod.Single("bad", "v2")
	o := w.run(append([]string{"repair", prod, "--source-repos", dev, "--format", "json"}, asking(alice)...)...)
	assert.Equal(t, exitFailed, o.code, o.stderr)
	assert.Contains(t, o.stderr, "does not satisfy the policy")
	records := strings.Join(look(w.server).names(w.prod), " ")
	assert.Contains(t, records, good.Encoded()+".sig")
	assert.NotContains(t, records, bad.Encoded()+".sig")
}
