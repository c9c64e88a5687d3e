package verification_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/signed"
	"github.com/signed-promote/signed-promote/utils/policy"
)

func TestKeyless(t *testing.T) {
	t.Parallel()
	instance := signed.NewInstance(t)
	puts := map[string]func(*world){
		".sig": func(w *world) { record(w, instance.Signature(t, builder(), signed.Payload(w.subject))) },
		"bundle": func(w *world) {
			signed.PutBundle(w.image, w.subject, instance.Bundle(t, builder(), signed.Signing(w.subject)), signed.SignPredicate)
		},
	}
	identities := map[string]policy.Identity{
		"exact":               {Subject: "builder@acme.example", Issuer: "https://issuer.example"},
		"regular expressions": {SubjectRegexp: "^builder@", IssuerRegexp: "issuer"},
		"mixed":               {SubjectRegexp: "acme", Issuer: "https://issuer.example"},
	}
	for layout, put := range puts {
		for name, identity := range identities {
			t.Run(layout+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				put(w)
				rule := keyless(w, instance)
				rule.Signatures.By[0].Identity = identity
				verdict := w.verify(rule)
				require.True(t, verdict.Satisfied(), "%+v", verdict.Outcomes)
				proof := verdict.Evidence[0].Checks[0].Proof
				assert.Equal(t, "builder@acme.example", proof.Subject)
				assert.Equal(t, "https://issuer.example", proof.Issuer)
				assert.WithinDuration(t, time.Now(), proof.Time, time.Minute)
			})
		}
	}
}

// A certificate without a proof that it was logged is refused, unless that was said to be no matter.
func TestKeylessNeedsSCT(t *testing.T) {
	t.Parallel()
	w, instance := newWorld(t), signed.NewInstance(t)
	record(w, instance.Signature(t, builder(), signed.Payload(w.subject)))
	rule := keyless(w, instance)
	rule.Trust.IgnoreSCT = false
	verdict := w.verify(rule)
	require.False(t, verdict.Satisfied())
	assert.Contains(t, verdict.Outcomes[0].Missing, "SCT")
}

// A key's signature has to be in the log, unless that was said to be no matter.
func TestUselessRoots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct{ path, want string }{
		"not there": {"missing.json", "no such file"},
		"no root":   {w.file("root.json", []byte("{}")), "cannot be used"},
		"no JSON":   {w.file("root.json", []byte("hello")), "cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.verifier(policy.Policy{Rules: []policy.Rule{asking(signerFor(builder()), policy.Trust{Root: tt.path})}})
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
