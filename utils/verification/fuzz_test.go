package verification_test

import (
	"crypto"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
	"github.com/signed-promote/signed-promote/utils/policy"
)

// Whatever stands where a signature or attestation is looked for: it satisfies nobody who did not make it, and stops
// nothing.
func FuzzContents(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":""}]}`,
		`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{}},"dsseEnvelope":{"payload":"e30="}}`,
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, content, annotation string) {
		w := newWorld(t)
		key := w.file("key.pub", signed.NewKey(t, signed.P256, crypto.SHA256).Public)
		notes := map[string]string{
			"dev.cosignproject.cosign/signature": annotation, "dev.sigstore.cosign/bundle": annotation,
			"dev.sigstore.cosign/certificate": annotation, "dev.sigstore.cosign/rfc3161timestamp": annotation,
		}
		entry := fixture.Entry{MediaType: "application/vnd.dsse.envelope.v1+json", Content: content, Annotations: notes}
		w.image.Record(w.subject, "sig", entry)
		w.image.Record(w.subject, "att", entry)
		signed.PutBundle(w.image, w.subject, content, signed.SignPredicate)
		rules := []policy.Rule{byKey(key), attesting(byKey(key), signed.CustomPredicate)}
		verdict := w.verify(rules...)
		require.Len(t, verdict.Unsatisfied(), len(rules))
		for _, e := range verdict.Evidence {
			assert.False(t, strings.Contains(e.Problem, "broke off"), e.Problem)
		}
	})
}
