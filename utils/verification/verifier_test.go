package verification_test

import (
	"crypto"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// keyFile makes a key pair and gives it with the file of its public key.
func (w *world) keyFile(name string) (*signed.Key, string) {
	w.t.Helper()
	k := signed.NewKey(w.t, signed.P256, crypto.SHA256)
	return k, w.file(name+".pub", k.Public)
}

// A bundle hides a .sig from cosign, and an attestation passes there for a signature. Neither is so here.
func TestLayoutsDoNotMaskEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, alicePub := w.keyFile("alice")
	bob, bobPub := w.keyFile("bob")
	record(w, alice.Signature(t, signed.Payload(w.subject)))
	signed.PutBundle(w.image, w.subject, bob.Bundle(t, signed.Statement(w.subject, signed.CustomPredicate, "{}")),
		signed.CustomPredicate)
	assert.True(t, w.verify(byKey(alicePub)).Satisfied())
	verdict := w.verify(byKey(bobPub))
	require.False(t, verdict.Satisfied(), "bob attested, and signed nothing")
	assert.True(t, w.verify(attesting(byKey(bobPub), signed.CustomPredicate)).Satisfied())
}

// The predicate type is that of the signed content, whatever the annotation says.
func TestPredicateTypesAreThoseThatWereSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, bobPub := w.keyFile("bob")
	signed.PutBundle(w.image, w.subject, bob.Bundle(t, signed.Statement(w.subject, signed.CustomPredicate, "{}")),
		signed.SignPredicate)
	assert.False(t, w.verify(byKey(bobPub)).Satisfied())
	assert.False(t, w.verify(attesting(byKey(bobPub), "https://slsa.dev/provenance/v1")).Satisfied())
}

// Two signatures over one payload are two layers with one digest, which is read once.
func TestSignaturesOverOnePayload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, alicePub := w.keyFile("alice")
	bob, bobPub := w.keyFile("bob")
	payload := signed.Payload(w.subject)
	w.image.Record(w.subject, "sig", alice.Signature(t, payload), bob.Signature(t, payload))
	both := policy.Rule{Trust: policy.Trust{IgnoreTlog: true}, Signatures: &policy.Signatures{
		Required: 2,
		By:       []policy.Signer{{Key: alicePub}, {Key: bobPub}},
	}}
	verdict := w.verify(both)
	assert.True(t, verdict.Satisfied(), "%+v", verdict.Outcomes)
	for d, reads := range w.store.reads {
		assert.Equal(t, 1, reads, d)
	}
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, alicePub := w.keyFile("alice")
	plain := w.image.Record(w.subject, "sig", alice.Signature(t, signed.Payload(w.subject)))
	w.image.Again(fixture.SuffixTag("team-", w.subject, "sig"), plain)
	w.store.names = []string{"1.0", fixture.SuffixTag("team-", w.subject, "sig")}
	assert.False(t, w.verify(byKey(alicePub)).Satisfied(), "no verifier looks for a prefix that it was not told of")
	w.prefix = "team-"
	assert.True(t, w.verify(byKey(alicePub)).Satisfied())
}

// What cosign 2 calls experimental: signatures in a referrer.
func TestSignatureReferrers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, alicePub := w.keyFile("alice")
	entry := alice.Signature(t, signed.Payload(w.subject))
	w.image.AttachEntries(w.subject, "application/vnd.dev.cosign.artifact.sig.v1+json", entry)
	assert.True(t, w.verify(byKey(alicePub)).Satisfied())
}

func TestAnErrorIsNeverNoSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, alicePub := w.keyFile("alice")
	record(w, alice.Signature(t, signed.Payload(w.subject)))
	v, err := w.verifier(policy.Policy{Rules: []policy.Rule{byKey(alicePub)}})
	require.NoError(t, err)
	w.store.broken = errors.New("503")
	_, err = v.Verify(t.Context(), w.at("1.0"), w.graph("1.0"))
	require.ErrorIs(t, err, w.store.broken)
	w.store.broken = nil
	verdict, err := v.Verify(t.Context(), w.at("1.0"), w.graph("1.0"))
	require.NoError(t, err)
	assert.True(t, verdict.Satisfied(), "the error was not kept")
}

func TestChildren(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, alicePub := w.keyFile("alice")
	built := w.image.BuildKit("1.0", "content", true, "linux/amd64", "linux/arm64")
	w.subject = built.Digest
	record(w, alice.Signature(t, signed.Payload(w.subject)))
	rule := byKey(alicePub)
	assert.True(t, w.verify(rule).Satisfied())
	rule.Children = true
	verdict := w.verify(rule)
	assert.Len(t, verdict.Unsatisfied(), 2, "a platform each; attestation manifests are not run")
	for _, child := range built.Children {
		w.image.Record(child, "sig", alice.Signature(t, signed.Payload(child)))
	}
	assert.True(t, w.verify(rule).Satisfied())
}

// Whoever reports on many images reads what they share once, and checks it once.
func TestSharedAttachmentsAreReadOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.report = true
	alice, alicePub := w.keyFile("alice")
	record(w, alice.Signature(t, signed.Payload(w.subject)))
	w.image.Again("latest", w.subject)
	v, err := w.verifier(policy.Policy{Rules: []policy.Rule{byKey(alicePub)}})
	require.NoError(t, err)
	for _, tag := range []string{"1.0", "latest"} {
		verdict, err := v.Verify(t.Context(), w.at(tag), w.graph(tag))
		require.NoError(t, err)
		assert.True(t, verdict.Satisfied(), tag)
	}
	require.NotEmpty(t, w.store.reads)
	for d, reads := range w.store.reads {
		assert.Equal(t, 1, reads, d)
	}
}

// A promotion reads what its policy asks for, and again at every look.
func TestOnlyWhatIsAskedForIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, alicePub := w.keyFile("alice")
	record(w, alice.Signature(t, signed.Payload(w.subject)))
	attestation := alice.Attestation(t, signed.Statement(w.subject, signed.CustomPredicate, "{}"))
	w.image.Record(w.subject, "att", attestation)
	v, err := w.verifier(policy.Policy{Rules: []policy.Rule{byKey(alicePub)}})
	require.NoError(t, err)
	for range 2 {
		_, err := v.Verify(t.Context(), w.at("1.0"), w.graph("1.0"))
		require.NoError(t, err)
	}
	require.Len(t, w.store.reads, 1)
	for d, reads := range w.store.reads {
		assert.Equal(t, 2, reads, d)
	}
}

func TestUncoveredImages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, alicePub := w.keyFile("alice")
	record(w, alice.Signature(t, signed.Payload(w.subject)))
	rule := byKey(alicePub)
	rule.Scope = policy.Scope{Repositories: []string{"docker-prod-*"}}
	v, err := w.verifier(policy.Policy{Rules: []policy.Rule{rule}, Strict: true, Origin: "policy.yaml"})
	require.NoError(t, err)
	verdict, err := v.Verify(t.Context(), w.at("1.0"), w.graph("1.0"))
	require.NoError(t, err)
	require.False(t, verdict.Satisfied())
	assert.Equal(t, "no policy in policy.yaml is for docker-dev-local/team/app", verdict.Outcomes[0].Missing)

	at := reference.Reference{Image: reference.Image{Repo: "docker-prod-local", Path: "team/app"}, Tag: "1.0"}
	verdict, err = v.Verify(t.Context(), at, w.graph("1.0"))
	require.NoError(t, err)
	assert.True(t, verdict.Satisfied(), "the policy is about the place that the image goes to")
}
