package policy_test

import (
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/policy"
)

const (
	image = digest.Digest("sha256:1111111111111111111111111111111111111111111111111111111111111111")
	child = digest.Digest("sha256:2222222222222222222222222222222222222222222222222222222222222222")
)

func signer(name string) policy.Signer { return policy.Signer{Name: name, Key: name + ".pub"} }

// by returns a signature on a subject that verifies for one signer and for none of the others.
func by(subject digest.Digest, who string, others ...string) policy.Evidence {
	e := policy.Evidence{Subject: subject, Format: policy.FormatCosign}
	for _, name := range append([]string{who}, others...) {
		c := policy.Check{Question: policy.Question{Signer: signer(name)}, Reason: "not " + name + "'s"}
		if name == who {
			c.Verified, c.Reason, c.Proof = true, "", policy.Proof{Fingerprint: who}
		}
		e.Checks = append(e.Checks, c)
	}
	return e
}

func attested(e policy.Evidence, predicateType string, made time.Time) policy.Evidence {
	e.Attests, e.PredicateType = true, predicateType
	for i := range e.Checks {
		e.Checks[i].Proof.Time = made
	}
	return e
}

func requiring(required int, names ...string) policy.Rule {
	s := &policy.Signatures{Required: required}
	for _, name := range names {
		s.By = append(s.By, signer(name))
	}
	return policy.Rule{Name: "rule", Signatures: s}
}

func judge(rule policy.Rule, evidence ...policy.Evidence) *policy.Verdict {
	return policy.Judge([]policy.Rule{rule}, image, []digest.Digest{child}, policy.Findings{Evidence: evidence},
		time.Unix(1e9, 0))
}

func TestSignersOfAList(t *testing.T) {
	t.Parallel()
	two := requiring(2, "alice", "bob", "carol")
	assert.True(t, judge(two, by(image, "alice", "bob", "carol"), by(image, "carol", "alice", "bob")).Satisfied())
	assert.False(t, judge(two, by(image, "alice"), by(image, "alice")).Satisfied(), "alice twice is one signer")
	assert.False(t, judge(two, by(image, "alice"), by(child, "bob")).Satisfied(), "a child's signature is not the image's")
	verdict := judge(two, by(image, "alice", "bob"))
	require.False(t, verdict.Satisfied())
	assert.Equal(t, "signed by 2 of alice, bob and carol", verdict.Outcomes[0].Requirement)
	assert.Equal(t, "1 of 2 needed: not by bob: not bob's; not by carol: it was not checked", verdict.Outcomes[0].Missing)
}

// What was not held against a signer is not that signer's.
func TestNothingCountsUnchecked(t *testing.T) {
	t.Parallel()
	for _, e := range []policy.Evidence{
		{Subject: image, Format: policy.FormatCosign},
		{
			Subject: image, Format: policy.FormatCosign,
			Checks: []policy.Check{{Question: policy.Question{Signer: signer("alice")}}},
		},
		{Subject: image, Format: policy.FormatNotation},
	} {
		assert.False(t, judge(requiring(1, "alice"), e).Satisfied())
		assert.False(t, judge(policy.Rule{Notation: &policy.Notation{Config: "notation"}}, e).Satisfied())
	}
	broken := by(image, "alice")
	broken.Problem = "unreadable"
	assert.False(t, judge(requiring(1, "alice"), broken).Satisfied())
	otherTrust := requiring(1, "alice")
	otherTrust.Trust.Root = "root.json"
	assert.False(t, judge(otherTrust, by(image, "alice")).Satisfied(), "checked by another trusted root")
}

// One who signed once counts once, however many of the signers asked for have an identity that matches.
func TestOneSignatureCountsOnce(t *testing.T) {
	t.Parallel()
	e := by(image, "alice", "anybody")
	e.Checks[1] = policy.Check{Question: e.Checks[1].Question, Verified: true, Proof: policy.Proof{Fingerprint: "alice"}}
	verdict := judge(requiring(2, "alice", "anybody"), e)
	require.False(t, verdict.Satisfied())
	assert.Contains(t, verdict.Outcomes[0].Missing, "counts for another signer of the list already")
	assert.True(t, judge(requiring(1, "alice", "anybody"), e).Satisfied())
	// Whoever matches more than one signer is taken for the one that nobody else can be.
	bob := by(image, "anybody", "alice")
	bob.Checks[0].Proof.Fingerprint = "bob"
	assert.True(t, judge(requiring(2, "anybody", "alice"), e, bob).Satisfied())
}

// However the signatures match: there are never more signers than people who signed, and nobody is left out who could
// count.
func TestAssignment(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d"}
		people := []string{"p", "q", "r"}
		var evidence []policy.Evidence
		matches := map[string]map[string]bool{}
		for _, person := range people {
			e := policy.Evidence{Subject: image, Format: policy.FormatCosign}
			matches[person] = map[string]bool{}
			for _, name := range names {
				matches[person][name] = rapid.Bool().Draw(t, person+" matches "+name)
				e.Checks = append(e.Checks, policy.Check{
					Question: policy.Question{Signer: signer(name)}, Verified: matches[person][name], Proof: policy.Proof{Fingerprint: person},
				})
			}
			evidence = append(evidence, e)
		}
		most := best(people, names, matches)
		for required := 1; required <= len(names); required++ {
			assert.Equal(t, most >= required, judge(requiring(required, names...), evidence...).Satisfied(), "%d of %v",
				required, matches)
		}
	})
}

// best tries every assignment of people to signers.
func best(people, names []string, matches map[string]map[string]bool) int {
	if len(people) == 0 {
		return 0
	}
	most := best(people[1:], names, matches)
	for i, name := range names {
		if matches[people[0]][name] {
			rest := append(append([]string{}, names[:i]...), names[i+1:]...)
			most = max(most, 1+best(people[1:], rest, matches))
		}
	}
	return most
}

func TestAttestations(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	rule := policy.Rule{Attestations: []policy.Attestation{{
		Type: "urn:scan", Label: "scan", Required: 1,
		By: []policy.Signer{signer("alice")}, MaxAge: 24 * time.Hour,
	}}}
	for name, tt := range map[string]struct {
		evidence policy.Evidence
		missing  string
	}{
		"young":          {attested(by(image, "alice"), "urn:scan", now.Add(-time.Hour)), ""},
		"old":            {attested(by(image, "alice"), "urn:scan", now.Add(-48*time.Hour)), "which is more than 1d ago"},
		"from to-morrow": {attested(by(image, "alice"), "urn:scan", now.Add(time.Hour)), "which is in the future"},
		"of any time":    {attested(by(image, "alice"), "urn:scan", time.Time{}), "its age is not known"},
		"another type":   {attested(by(image, "alice"), "urn:other", now), "no scan attestation is attached"},
		"a signature":    {by(image, "alice"), "no scan attestation is attached"},
		"by another":     {attested(by(image, "bob", "alice"), "urn:scan", now), "not alice's"},
		"of a child":     {attested(by(child, "alice"), "urn:scan", now), "no scan attestation is attached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := judge(rule, tt.evidence)
			assert.Equal(t, "attestation scan by alice, at most 1d old", verdict.Outcomes[0].Requirement)
			assert.Equal(t, tt.missing == "", verdict.Satisfied())
			assert.Contains(t, verdict.Outcomes[0].Missing, tt.missing)
		})
	}
	assert.False(t, judge(requiring(1, "alice"), attested(by(image, "alice"), "urn:scan", now)).Satisfied(),
		"an attestation is no signature")
}

func TestAges(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30d": 720 * time.Hour, "36h": 36 * time.Hour,
		"1h30m": 90 * time.Minute,
	} {
		got, err := policy.ParseAge(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"", "d", "-1d", "0d", "1.5d", "99999d", "-3h", "0s", "3", "3 days"} {
		_, err := policy.ParseAge(text)
		assert.Error(t, err, text)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"team/app", "team/app", true},
		{"team/app", "team/app2", false},
		{"team/*", "team/app", true},
		{"team/*", "team/deep/app", true},
		{"team/*", "team", false},
		{"*", "", true},
		{"*app", "team/app", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "acb", false},
		{"ab*ba", "aba", false},
		{"a**c", "abc", true},
	} {
		assert.Equal(t, tt.want, policy.Matches(tt.pattern, tt.name), "%s %s", tt.pattern, tt.name)
	}
}
