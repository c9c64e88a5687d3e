package verification_test

import (
	"crypto"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
	"github.com/signed-promote/signed-promote/utils/policy"
)

// builder is who signs keyless.
func builder() signed.Identity {
	return signed.Identity{Subject: "builder@acme.example", Issuer: "https://issuer.example"}
}

// keyless asks for the builder's signature, by an instance's trusted root.
func keyless(w *world, i *signed.Instance) policy.Rule {
	return asking(signerFor(builder()), policy.Trust{Root: w.file("root.json", i.Root(w.t)), IgnoreSCT: true})
}

func signerFor(who signed.Identity) policy.Signer {
	return policy.Signer{Identity: policy.Identity{Subject: who.Subject, Issuer: who.Issuer}}
}

// attempt puts something on the image that must not satisfy a rule.
type attempt struct {
	put  func(*world, *signed.Key, *signed.Instance)
	want string
}

// refuses tries attempts, each against an image of its own, and wants the reason; never that there is no signature.
func refuses(t *testing.T, rule func(*world, *signed.Key, *signed.Instance) policy.Rule, attempts map[string]attempt) {
	t.Helper()
	key, instance := signed.NewKey(t, signed.P256, crypto.SHA256), signed.NewInstance(t)
	for name, tt := range attempts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.put(w, key, instance)
			verdict := w.verify(rule(w, key, instance))
			require.False(t, verdict.Satisfied())
			assert.Contains(t, verdict.Outcomes[0].Missing, tt.want)
			assert.NotContains(t, verdict.Outcomes[0].Missing, "is attached", "what fails is not unsigned")
			require.NotEmpty(t, verdict.Evidence)
			assert.False(t, verdict.Evidence[0].Verified())
		})
	}
}

func record(w *world, entry fixture.Entry) { w.image.Record(w.subject, "sig", entry) }

func TestTamperedSignatures(t *testing.T) {
	t.Parallel()
	byTheKey := func(w *world, k *signed.Key, _ *signed.Instance) policy.Rule {
		return byKey(w.file("key.pub", k.Public))
	}
	refuses(t, byTheKey, map[string]attempt{
		"payload": {func(w *world, k *signed.Key, _ *signed.Instance) {
			e := k.Signature(t, signed.Payload(w.subject))
			e.Content = strings.Replace(e.Content, "null", `{"env":"prod"}`, 1)
			record(w, e)
		}, "invalid signature"},
		"signature": {func(w *world, k *signed.Key, _ *signed.Instance) {
			e := k.Signature(t, signed.Payload(w.subject))
			other := k.Signature(t, strings.Replace(e.Content, "null", "{}", 1))
			e.Annotations = other.Annotations
			record(w, e)
		}, "invalid signature"},
		"signature that is none": {func(w *world, k *signed.Key, _ *signed.Instance) {
			e := k.Signature(t, signed.Payload(w.subject))
			e.Annotations["dev.cosignproject.cosign/signature"] = base64.StdEncoding.EncodeToString([]byte("nothing"))
			record(w, e)
		}, "Invalid IEEE_P1363 encoded bytes"},
		"no signature": {func(w *world, k *signed.Key, _ *signed.Instance) {
			e := k.Signature(t, signed.Payload(w.subject))
			e.Annotations = nil
			record(w, e)
		}, "no annotation dev.cosignproject.cosign/signature"},
		"wrong image's signature": {func(w *world, k *signed.Key, _ *signed.Instance) {
			record(w, k.Signature(t, signed.Payload(w.image.Single("2.0", "other"))))
		}, "invalid or missing digest in claim"},
		"replayed .sig under another digest": {func(w *world, k *signed.Key, _ *signed.Instance) {
			other := w.image.Single("2.0", "other")
			w.image.Again(fixture.SuffixTag("", w.subject, "sig"), w.image.Record(other, "sig",
				k.Signature(t, signed.Payload(other))))
		}, "invalid or missing digest in claim"},
		"bundle about another image": {func(w *world, k *signed.Key, _ *signed.Instance) {
			other := w.image.Single("2.0", "other")
			signed.PutBundle(w.image, w.subject, k.Bundle(t, signed.Signing(other)), signed.SignPredicate)
		}, "provided artifact digest does not match any digest in statement"},
		"bundle with another payload": {func(w *world, k *signed.Key, _ *signed.Instance) {
			text := k.Bundle(t, signed.Signing(w.subject))
			from := base64.StdEncoding.EncodeToString([]byte(signed.Signing(w.subject)))
			to := base64.StdEncoding.EncodeToString([]byte(strings.Replace(signed.Signing(w.subject), "{}", `{"a":"b"}`, 1)))
			require.Contains(t, text, from)
			signed.PutBundle(w.image, w.subject, strings.Replace(text, from, to, 1), signed.SignPredicate)
		}, "could not verify envelope"},
		"an attestation is no signature": {func(w *world, k *signed.Key, _ *signed.Instance) {
			signed.PutBundle(w.image, w.subject, k.Bundle(t, signed.Signing(w.subject))[1:], signed.SignPredicate)
		}, "it is not a sigstore bundle"},
		"old bundle": {func(w *world, k *signed.Key, _ *signed.Instance) {
			text := strings.Replace(k.Bundle(t, signed.Signing(w.subject)), "application/vnd.dev.sigstore.bundle.v0.3+json",
				"application/vnd.dev.sigstore.bundle+json;version=0.2", 1)
			signed.PutBundle(w.image, w.subject, text, signed.SignPredicate)
		}, "a version before 0.3"},
		"content is gone": {func(w *world, k *signed.Key, _ *signed.Instance) {
			e := k.Signature(t, signed.Payload(w.subject))
			record(w, e)
			clear(w.store.blobs)
		}, "is not there"},
	})
}

func TestTamperedKeylessSignatures(t *testing.T) {
	t.Parallel()
	byTheBuilder := func(w *world, _ *signed.Key, i *signed.Instance) policy.Rule { return keyless(w, i) }
	stranger := signed.Identity{Subject: "mallory@acme.example", Issuer: builder().Issuer}
	foreign := signed.Identity{Subject: builder().Subject, Issuer: "https://elsewhere.example"}
	bundle := func(w *world, text string) { signed.PutBundle(w.image, w.subject, text, signed.SignPredicate) }
	refuses(t, byTheBuilder, map[string]attempt{
		"another identity": {func(w *world, _ *signed.Key, i *signed.Instance) {
			record(w, i.Signature(t, stranger, signed.Payload(w.subject)))
		}, "got subjects [mallory@acme.example]"},
		"another issuer": {func(w *world, _ *signed.Key, i *signed.Instance) {
			record(w, i.Signature(t, foreign, signed.Payload(w.subject)))
		}, "with issuer https://elsewhere.example"},
		"another identity's bundle": {func(w *world, _ *signed.Key, i *signed.Instance) {
			bundle(w, i.Bundle(t, stranger, signed.Signing(w.subject)))
		}, "mallory@acme.example"},
		"certificate of another signature": {func(w *world, _ *signed.Key, i *signed.Instance) {
			other := i.Signature(t, builder(), signed.Payload(w.image.Single("2.0", "other")))
			record(w, i.Signature(t, builder(), signed.Payload(w.subject), signed.OtherCertificate(other)))
		}, "error verifying bundle"},
		"signature of another payload": {func(w *world, _ *signed.Key, i *signed.Instance) {
			other := i.Signature(t, builder(), signed.Payload(w.image.Single("2.0", "other")))
			record(w, i.Signature(t, builder(), signed.Payload(w.subject), signed.OtherSignature(other)))
		}, "error verifying bundle"},
		"certificate of another authority": {func(w *world, _ *signed.Key, _ *signed.Instance) {
			record(w, signed.NewInstance(t).Signature(t, builder(), signed.Payload(w.subject)))
		}, "error verifying bundle"},
		"bundle of another authority": {func(w *world, _ *signed.Key, _ *signed.Instance) {
			bundle(w, signed.NewInstance(t).Bundle(t, builder(), signed.Signing(w.subject)))
		}, "failed to verify"},
		"missing log entry": {func(w *world, _ *signed.Key, i *signed.Instance) {
			record(w, i.Signature(t, builder(), signed.Payload(w.subject), signed.NoLogEntry))
		}, "offline verification failed"},
		"missing log entry in a bundle": {func(w *world, _ *signed.Key, i *signed.Instance) {
			bundle(w, i.Bundle(t, builder(), signed.Signing(w.subject),
				func(b *protobundle.Bundle) { b.VerificationMaterial.TlogEntries = nil }))
		}, "not enough verified log entries"},
		"expired certificate": {func(w *world, _ *signed.Key, i *signed.Instance) {
			bundle(w, i.BundleAt(t, builder(), signed.Signing(w.subject), time.Now().Add(time.Hour)))
		}, "integrated time outside certificate validity"},
		"expired certificate of a .sig": {func(w *world, _ *signed.Key, i *signed.Instance) {
			record(w, i.SignatureAt(t, builder(), signed.Payload(w.subject), time.Now().Add(time.Hour)))
		}, "certificate expired before observed time"},
		"no certificate at all": {func(w *world, k *signed.Key, _ *signed.Instance) {
			record(w, k.Signature(t, signed.Payload(w.subject)))
		}, "offline verification failed"},
		"another image": {func(w *world, _ *signed.Key, i *signed.Instance) {
			record(w, i.Signature(t, builder(), signed.Payload(w.image.Single("2.0", "other"))))
		}, "invalid or missing digest in claim"},
		"subject of a bundle": {func(w *world, _ *signed.Key, i *signed.Instance) {
			bundle(w, i.Bundle(t, builder(), signed.Signing(w.image.Single("2.0", "other"))))
		}, "provided artifact digest does not match any digest in statement"},
	})
}
