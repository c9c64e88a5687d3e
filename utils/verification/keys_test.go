package verification_test

import (
	"crypto"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/signed"
	"github.com/signed-promote/signed-promote/utils/policy"
)

// hashesOf returns what keys of an algorithm sign with, by the version of cosign.
func hashesOf(a signed.Algorithm) []crypto.Hash {
	switch a {
	case signed.P384:
		return []crypto.Hash{crypto.SHA256, crypto.SHA384}
	case signed.P521:
		return []crypto.Hash{crypto.SHA256, crypto.SHA512}
	default:
		return []crypto.Hash{crypto.SHA256}
	}
}

// Every kind of key verifies what it signed, in every layout, and nothing that another key of its kind did.
func TestEveryKeyInEveryLayout(t *testing.T) {
	t.Parallel()
	for _, algorithm := range signed.Algorithms() {
		for _, hash := range hashesOf(algorithm) {
			t.Run(string(algorithm)+" "+hash.String(), func(t *testing.T) {
				t.Parallel()
				key, other := signed.NewKey(t, algorithm, hash), signed.NewKey(t, algorithm, hash)
				for layout, put := range layouts() {
					w := newWorld(t)
					rule := put(w, key)
					rule.adopt(w.file("key.pub", key.Public))
					verdict := w.verify(rule.Rule)
					assert.True(t, verdict.Satisfied(), "%s: %+v", layout, verdict.Outcomes)
					assert.Regexp(t, "^sha256:[0-9a-f]{64}$", verdict.Evidence[0].Checks[0].Proof.Fingerprint)
					rule.adopt(w.file("other.pub", other.Public))
					verdict = w.verify(rule.Rule)
					require.False(t, verdict.Satisfied(), layout)
					assert.Contains(t, verdict.Outcomes[0].Missing, "not by")
					assert.NotContains(t, verdict.Outcomes[0].Missing, "no signature is attached")
				}
			})
		}
	}
}

// layoutRule is a rule that what was put somewhere satisfies by the right key.
type layoutRule struct{ policy.Rule }

func (r *layoutRule) adopt(key string) {
	signers := []policy.Signer{{Key: key}}
	if r.Signatures != nil {
		r.Signatures = &policy.Signatures{Required: 1, By: signers}
	}
	for i := range r.Attestations {
		r.Attestations[i].By = signers
	}
}

// layouts signs or attests the image in every layout.
func layouts() map[string]func(*world, *signed.Key) layoutRule {
	sign, attest := byKey(""), attesting(byKey(""), signed.CustomPredicate)
	return map[string]func(*world, *signed.Key) layoutRule{
		".sig": func(w *world, k *signed.Key) layoutRule {
			w.image.Record(w.subject, "sig", k.Signature(w.t, signed.Payload(w.subject)))
			return layoutRule{sign}
		},
		".att": func(w *world, k *signed.Key) layoutRule {
			w.image.Record(w.subject, "att", k.Attestation(w.t, signed.Statement(w.subject, signed.CustomPredicate, "{}")))
			return layoutRule{attest}
		},
		"bundle": func(w *world, k *signed.Key) layoutRule {
			signed.PutBundle(w.image, w.subject, k.Bundle(w.t, signed.Signing(w.subject)), signed.SignPredicate)
			return layoutRule{sign}
		},
		"attestation bundle": func(w *world, k *signed.Key) layoutRule {
			signed.PutBundle(w.image, w.subject, k.Bundle(w.t, signed.Statement(w.subject, signed.CustomPredicate, "{}")),
				signed.CustomPredicate)
			return layoutRule{attest}
		},
	}
}

func TestKeysFromTheEnvironment(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), signed.NewKey(t, signed.P256, crypto.SHA256)
	w.image.Record(w.subject, "sig", key.Signature(t, signed.Payload(w.subject)))
	w.env["RELEASE_KEY"] = string(key.Public)
	assert.True(t, w.verify(byKey("env://RELEASE_KEY")).Satisfied())
}

func TestUselessKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := signed.NewKey(t, signed.P256, crypto.SHA256)
	first, second := w.file("first.pub", key.Public), w.file("second.pub", key.Public)
	private := w.file("cosign.key", []byte("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"))
	certificate := w.file("cert.pem", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	twice := policy.Rule{
		Signatures: &policy.Signatures{Required: 2, By: []policy.Signer{{Key: first}, {Key: second}}},
		Trust:      policy.Trust{IgnoreTlog: true},
	}
	for name, tt := range map[string]struct {
		rule policy.Rule
		want string
	}{
		"not there":      {byKey("missing.pub"), "no such file"},
		"not set":        {byKey("env://NOBODY_SET_ME"), "the variable NOBODY_SET_ME is not set"},
		"another scheme": {byKey("awskms:///alias/key"), "awskms:// is not supported"},
		"no PEM":         {byKey(w.file("text", []byte("hello"))), "it is not PEM"},
		"private":        {byKey(private), "it is a private key"},
		"a certificate":  {byKey(certificate), "it is a certificate, not a PUBLIC KEY"},
		"broken": {byKey(w.file("broken.pub",
			[]byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"))), "cannot be used"},
		"twice": {twice, "are the same key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.verifier(policy.Policy{Rules: []policy.Rule{tt.rule}})
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
