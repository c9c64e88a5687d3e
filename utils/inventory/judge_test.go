package inventory

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func TestStates(t *testing.T) {
	t.Parallel()
	root, amd, arm := of(1), of(2), of(3)
	all := []digest.Digest{root, amd, arm}
	elsewhere := []reference.Image{{Repo: "dev", Path: "app"}}
	signature := leftBehind{subject: root, name: "x.sig", signature: true, in: elsewhere}
	sbom := leftBehind{subject: root, name: "x.sbom", in: elsewhere}
	trouble := []Finding{{Problem: Damaged, Subject: root}}
	signed := func(digests ...digest.Digest) map[digest.Digest]bool {
		m := map[digest.Digest]bool{}
		for _, d := range digests {
			m[d] = true
		}
		return m
	}
	for name, c := range map[string]struct {
		e        evidence
		required []attachment.Kind
		state    State
		findings int
	}{
		"the root alone":            {evidence{signed: signed(root)}, nil, Signed, 0},
		"the root and all":          {evidence{signed: signed(all...)}, nil, Signed, 0},
		"nothing":                   {evidence{}, nil, Unsigned, 1},
		"one platform lacks it":     {evidence{signed: signed(root, amd)}, nil, Partly, 1},
		"platforms alone":           {evidence{signed: signed(amd, arm)}, nil, Partly, 1},
		"one platform alone":        {evidence{signed: signed(arm)}, nil, Partly, 2},
		"a copy elsewhere":          {evidence{left: []leftBehind{signature}}, nil, Lost, 2},
		"an SBOM elsewhere":         {evidence{left: []leftBehind{sbom}}, nil, Unsigned, 2},
		"signed, SBOM elsewhere":    {evidence{signed: signed(root), left: []leftBehind{sbom}}, nil, Signed, 1},
		"signed, more elsewhere":    {evidence{signed: signed(root), left: []leftBehind{signature}}, nil, Signed, 1},
		"damage beside a signature": {evidence{signed: signed(root), damage: trouble}, nil, Broken, 1},
		"damage and a copy":         {evidence{damage: trouble, left: []leftBehind{signature}}, nil, Broken, 3},
		"a platform is missing":     {evidence{signed: signed(root), missing: []digest.Digest{arm}}, nil, Broken, 1},
		"doubt":                     {evidence{doubt: trouble}, nil, Unknown, 2},
		"doubt beside a signature":  {evidence{signed: signed(root), doubt: trouble}, nil, Unknown, 1},
		"what is required is there": {evidence{
			signed: signed(root),
			kinds:  map[attachment.Kind]bool{attachment.KindSBOM: true},
		}, []attachment.Kind{attachment.KindSBOM}, Signed, 0},
		"what is required is not": {evidence{signed: signed(root)}, []attachment.Kind{attachment.KindSBOM}, Partly, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.e.digests = all
			state, findings := judge(c.e, c.required)
			assert.Equal(t, c.state, state)
			assert.Len(t, findings, c.findings)
		})
	}
}

// Every image path is in one shard, whatever their number.
func TestShardsShareTheWork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		path, total := rapid.String().Draw(t, "path"), rapid.IntRange(1, 100).Draw(t, "total")
		in := 0
		for i := 1; i <= total; i++ {
			if (Shard{Index: i, Total: total}).Has(path) {
				in++
			}
		}
		assert.Equal(t, 1, in)
	})
	assert.True(t, Shard{}.Has("anything"), "no shard is the whole")
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for pattern, paths := range map[string]map[string]bool{
		"team/*": {"team/app": true, "team/a/b": true, "team": false, "ateam/app": false},
		"*app":   {"app": true, "team/app": true, "app2": false},
		"app?":   {"app1": true, "app": false},
		"a.b+c":  {"a.b+c": true, "axb+c": false},
	} {
		for path, want := range paths {
			assert.Equal(t, want, NewPattern(pattern).Matches(path), "%s %s", pattern, path)
		}
	}
}
