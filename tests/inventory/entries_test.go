package inventory

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
)

// entries returns the digests of the entries of a record; none if it is not there.
func entries(s *artifactory.Server, folder string) []string {
	f := fixture.New(s)
	m, there := f.Manifest(digest.NewDigestFromEncoded(digest.SHA256, s.Snapshot()[folder+"/manifest.json"]))
	if !there {
		return nil
	}
	var all []string
	for _, l := range m.Layers {
		all = append(all, l.Digest.String())
	}
	return all
}

// A record that the image has already, with the signature of somebody else, gets the one that the policy wants.
func TestRepairLooksIntoRecordsThatAreThere(t *testing.T) {
	t.Parallel()
	s := start(t)
	f := fixture.New(s)
	alice, public := keyFile(t)
	stranger, _ := keyFile(t)
	app, there := f.Image(prod, "team/app"), f.Image(dev, "team/app")
	d := app.Single("1.0", "1.0")
	there.Again("1.0", d)
	app.Record(d, "sig", stranger.Signature(t, signed.Payload(d)))
	there.Record(d, "sig", alice.Signature(t, signed.Payload(d)))
	policy := []string{"--key", public, "--insecure-ignore-tlog"}

	_, o := audit(t, s, "--source-repos", dev)
	assert.Equal(t, 0, o.code, "without a policy nothing is lacking: %s", o.stdout)
	got, o := audit(t, s, append(policy, "--source-repos", dev)...)
	require.Equal(t, 5, o.code, o.stderr)
	problems := map[string]string{}
	for _, finding := range got.Images[0].Findings {
		problems[finding.Problem] = finding.Fix
	}
	require.Contains(t, problems, "not-verified")
	require.Contains(t, problems, "left-behind")
	fix, _, _ := strings.Cut(problems["left-behind"], " and the policy options")
	args := append(strings.Fields(strings.ReplaceAll(strings.TrimPrefix(fix, "jf signed-promote "), "'", "")), policy...)
	o = plugin(t, s, args...)
	require.Equal(t, 0, o.code, o.stdout+o.stderr)
	assert.Len(t, entries(s, suffixed(app, d, "sig")), 2, "nothing that was there is lost")
	o = plugin(t, s, append([]string{"verify", app.String() + ":1.0"}, policy...)...)
	assert.Equal(t, 0, o.code, o.stdout)
	_, o = repair(t, s, append(policy, "--source-repos", dev, "--fail-no-op")...)
	assert.Equal(t, 2, o.code, o.stdout)
}

// Of a record only those entries stay away that somebody denies; where all are denied, nobody proposes to bring it, or
// says it was.
func TestRepairLeavesOutSingleEntries(t *testing.T) {
	t.Parallel()
	const property = "signed-promote.not"
	for name, tt := range map[string]struct {
		deny func(s *artifactory.Server, digests []string) []string
		// want are the positions of the entries that come; state is what an audit says before.
		want  []int
		state string
	}{
		"one by --not": {
			func(_ *artifactory.Server, d []string) []string { return []string{"--not", d[0]} },
			[]int{1},
			"lost",
		},
		"one by the property": {func(s *artifactory.Server, d []string) []string {
			s.PutProperties(prod, "team/app", map[string][]string{property: {d[1]}})
			return nil
		}, []int{0}, "lost"},
		"one by each": {func(s *artifactory.Server, d []string) []string {
			s.PutProperties(prod, "team/app", map[string][]string{property: {d[1]}})
			return []string{"--not", d[0]}
		}, nil, "lost"},
		"all by --not": {
			func(_ *artifactory.Server, d []string) []string { return []string{"--not", strings.Join(d, ";")} },
			nil, "lost",
		},
		"all by the property": {func(s *artifactory.Server, d []string) []string {
			s.PutProperties(prod, "team/app", map[string][]string{property: d})
			return nil
		}, nil, "unsigned"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			f := fixture.New(s)
			app, there := f.Image(prod, "team/app"), f.Image(dev, "team/app")
			d := app.Single("1.0", "1.0")
			there.Again("1.0", d)
			there.Record(d, "sig", signature("the key that was stolen"), signature("another"))
			all := entries(s, suffixed(there, d, "sig"))
			require.Len(t, all, 2)
			args := append(tt.deny(s, all), "--source-repos", dev)
			got, _ := audit(t, s, "--source-repos", dev)
			assert.Equal(t, tt.state, got.states()["team/app:1.0"])
			o := plugin(t, s, append([]string{"repair", prod, "--format", "json"}, args...)...)
			require.Equal(t, 0, o.code, o.stderr)
			r := repaired(t, o)
			var want []string
			for _, n := range tt.want {
				want = append(want, all[n])
			}
			assert.Equal(t, want, entries(s, suffixed(app, d, "sig")))
			assert.Equal(t, len(want), r.Totals.Success, o.stdout)
			switch {
			case len(want) > 0:
				assert.Contains(t, o.stdout, "1 of 2 entries")
				got, _ = audit(t, s, "--source-repos", dev)
				assert.Equal(t, "signed", got.states()["team/app:1.0"])
			case tt.state == "unsigned":
				assert.Len(t, r.SignAgain, 1)
			default:
				assert.Equal(t, "nothing-to-do", r.Status)
				o = plugin(t, s, append([]string{"repair", prod}, args...)...)
				assert.Contains(t, o.stdout, "0 images repaired, 0 failed, 1 left as it is")
				assert.Contains(t, o.stdout, "nothing brought")
			}
		})
	}
}

// signature is an entry with a payload of its own, as a signature with annotations has.
func signature(key string) fixture.Entry {
	return fixture.Entry{
		MediaType: "application/vnd.dev.cosign.simplesigning.v1+json", Content: `{"optional":{"key":"` + key + `"}}`,
		Annotations: map[string]string{"dev.cosignproject.cosign/signature": key},
	}
}
