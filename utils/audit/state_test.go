package audit

import (
	"fmt"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func TestStates(t *testing.T) {
	t.Parallel()
	root, amd, arm := of(1), of(2), of(3)
	all := []digest.Digest{root, amd, arm}
	elsewhere := []reference.Image{{Repo: "dev", Path: "app"}}
	signature := missingHere{subject: root, name: "x.sig", signature: true, in: elsewhere}
	sbom := missingHere{subject: root, name: "x.sbom", in: elsewhere}
	trouble := []Finding{{Problem: Damaged, Subject: root}}
	signed := func(digests ...digest.Digest) map[digest.Digest]bool {
		m := map[digest.Digest]bool{}
		for _, d := range digests {
			m[d] = true
		}
		return m
	}
	for name, c := range map[string]struct {
		e        observation
		required []attachment.Kind
		state    State
		findings int
	}{
		"the root alone":            {observation{signed: signed(root)}, nil, Signed, 0},
		"the root and all":          {observation{signed: signed(all...)}, nil, Signed, 0},
		"nothing":                   {observation{}, nil, Unsigned, 1},
		"one platform lacks it":     {observation{signed: signed(root, amd)}, nil, Partly, 1},
		"platforms alone":           {observation{signed: signed(amd, arm)}, nil, Partly, 1},
		"one platform alone":        {observation{signed: signed(arm)}, nil, Partly, 2},
		"a copy elsewhere":          {observation{missingHere: []missingHere{signature}}, nil, Lost, 2},
		"an SBOM elsewhere":         {observation{missingHere: []missingHere{sbom}}, nil, Unsigned, 2},
		"signed, SBOM elsewhere":    {observation{signed: signed(root), missingHere: []missingHere{sbom}}, nil, Signed, 1},
		"signed, more elsewhere":    {observation{signed: signed(root), missingHere: []missingHere{signature}}, nil, Signed, 1},
		"damage beside a signature": {observation{signed: signed(root), damage: trouble}, nil, Broken, 1},
		"damage and a copy":         {observation{damage: trouble, missingHere: []missingHere{signature}}, nil, Broken, 3},
		"a platform is missing":     {observation{signed: signed(root), missing: []digest.Digest{arm}}, nil, Broken, 1},
		"doubt":                     {observation{doubt: trouble}, nil, Unknown, 2},
		"doubt beside a signature":  {observation{signed: signed(root), doubt: trouble}, nil, Unknown, 1},
		"what is required is there": {observation{
			signed: signed(root),
			kinds:  map[attachment.Kind]bool{attachment.KindSBOM: true},
		}, []attachment.Kind{attachment.KindSBOM}, Signed, 0},
		"what is required is not": {observation{signed: signed(root)}, []attachment.Kind{attachment.KindSBOM}, Partly, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.e.digests = all
			state, findings := classify(c.e, c.required)
			assert.Equal(t, c.state, state)
			assert.Len(t, findings, c.findings)
		})
	}
}

func of(n int) digest.Digest { return digest.FromString(fmt.Sprint(n)) }
