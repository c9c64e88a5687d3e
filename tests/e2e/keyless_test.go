//go:build e2e

package e2e

import (
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
	"github.com/signed-promote/signed-promote/utils/report"
)

// stored is an image whose signatures this test makes itself, with a private certificate authority, log and trusted
// root.
type stored struct {
	t              *testing.T
	image          fixture.Image
	subject, other digest.Digest
	instance       *signed.Instance
	key            *signed.Key
}

// trial is something to be put on an image, and whether it is a good signature.
type trial struct {
	put  func(s stored)
	good bool
}

func builder() signed.Identity {
	return signed.Identity{Subject: "builder@acme.example", Issuer: "https://issuer.example"}
}

func stranger() signed.Identity {
	return signed.Identity{Subject: "mallory@acme.example", Issuer: "https://issuer.example"}
}

func (s stored) sig(e fixture.Entry) { s.image.Record(s.subject, "sig", e) }

func (s stored) bundle(text string) { signed.PutBundle(s.image, s.subject, text, signed.SignPredicate) }

// keylessTrials are signatures by certificates: good ones, and tampered ones.
func keylessTrials() map[string]trial {
	noLog := func(b *protobundle.Bundle) { b.VerificationMaterial.TlogEntries = nil }
	return map[string]trial{
		".sig":   {func(s stored) { s.sig(s.instance.Signature(s.t, builder(), signed.Payload(s.subject))) }, true},
		"bundle": {func(s stored) { s.bundle(s.instance.Bundle(s.t, builder(), signed.Signing(s.subject))) }, true},
		"another identity": {func(s stored) {
			s.sig(s.instance.Signature(s.t, stranger(), signed.Payload(s.subject)))
		}, false},
		"another identity's bundle": {func(s stored) {
			s.bundle(s.instance.Bundle(s.t, stranger(), signed.Signing(s.subject)))
		}, false},
		"another instance": {func(s stored) {
			s.sig(signed.NewInstance(s.t).Signature(s.t, builder(), signed.Payload(s.subject)))
		}, false},
		"another instance's bundle": {func(s stored) {
			s.bundle(signed.NewInstance(s.t).Bundle(s.t, builder(), signed.Signing(s.subject)))
		}, false},
		"another image's signature": {func(s stored) {
			s.sig(s.instance.Signature(s.t, builder(), signed.Payload(s.other)))
		}, false},
		"another image's bundle": {func(s stored) {
			s.bundle(s.instance.Bundle(s.t, builder(), signed.Signing(s.other)))
		}, false},
		"certificate of another signature": {func(s stored) {
			other := s.instance.Signature(s.t, builder(), signed.Payload(s.other))
			s.sig(s.instance.Signature(s.t, builder(), signed.Payload(s.subject), signed.OtherCertificate(other)))
		}, false},
		"signature of another payload": {func(s stored) {
			other := s.instance.Signature(s.t, builder(), signed.Payload(s.other))
			s.sig(s.instance.Signature(s.t, builder(), signed.Payload(s.subject), signed.OtherSignature(other)))
		}, false},
		"no log entry in a bundle": {func(s stored) {
			s.bundle(s.instance.Bundle(s.t, builder(), signed.Signing(s.subject), noLog))
		}, false},
		"expired certificate": {func(s stored) {
			s.bundle(s.instance.BundleAt(s.t, builder(), signed.Signing(s.subject), time.Now().Add(time.Hour)))
		}, false},
		"expired certificate of a .sig": {func(s stored) {
			s.sig(s.instance.SignatureAt(s.t, builder(), signed.Payload(s.subject), time.Now().Add(time.Hour)))
		}, false},
		"replayed .sig": {func(s stored) {
			s.image.Again(fixture.SuffixTag("", s.subject, "sig"), s.image.Record(s.other, "sig",
				s.instance.Signature(s.t, builder(), signed.Payload(s.other))))
		}, false},
	}
}

// TestKeylessAgreement: cosign 2 and 3 and the plugin say the same of every trial, without a network.
func TestKeylessAgreement(t *testing.T) {
	t.Parallel()
	instance := signed.NewInstance(t)
	for name, tt := range keylessTrials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := newStored(t, instance)
			tt.put(s)
			root := w.file("instance.json", string(instance.Root(t)))
			asked := []string{
				"--trusted-root", root, "--insecure-ignore-sct",
				"--certificate-identity", builder().Subject, "--certificate-oidc-issuer", builder().Issuer,
			}
			w.oneVerdict(tt.good, s, asked, nil)
		})
	}
}

// keyTrials are signatures by keys of every kind that cosign verifies, and tampered ones.
func keyTrials() map[string]trial {
	return map[string]trial{
		".sig":   {func(s stored) { s.sig(s.key.Signature(s.t, signed.Payload(s.subject))) }, true},
		"bundle": {func(s stored) { s.bundle(s.key.Bundle(s.t, signed.Signing(s.subject))) }, true},
		"payload": {func(s stored) {
			e := s.key.Signature(s.t, signed.Payload(s.subject))
			e.Content = strings.Replace(e.Content, "null", "{}", 1)
			s.sig(e)
		}, false},
		"another image's signature": {func(s stored) { s.sig(s.key.Signature(s.t, signed.Payload(s.other))) }, false},
		"another image's bundle":    {func(s stored) { s.bundle(s.key.Bundle(s.t, signed.Signing(s.other))) }, false},
	}
}

// TestKeyAgreement: the same for every kind of key. What a key of a longer curve signs, cosign verifies when it is told
// the hash.
func TestKeyAgreement(t *testing.T) {
	t.Parallel()
	hashes := map[signed.Algorithm]crypto.Hash{signed.P384: crypto.SHA384, signed.P521: crypto.SHA512}
	names := map[crypto.Hash]string{crypto.SHA256: "sha256", crypto.SHA384: "sha384", crypto.SHA512: "sha512"}
	for _, algorithm := range signed.Algorithms() {
		for name, tt := range keyTrials() {
			t.Run(string(algorithm)+" "+name, func(t *testing.T) {
				t.Parallel()
				hash, ok := hashes[algorithm]
				if !ok {
					hash = crypto.SHA256
				}
				w, s := newStored(t, nil)
				s.key = signed.NewKey(t, algorithm, hash)
				tt.put(s)
				asked := []string{
					"--key", w.file("trial.pub", string(s.key.Public)), "--insecure-ignore-tlog", "--trusted-root",
					w.trustedRoot(),
				}
				w.oneVerdict(tt.good, s, asked, []string{"--signature-digest-algorithm", names[hash]})
			})
		}
	}
}

func newStored(t *testing.T, instance *signed.Instance) (*world, stored) {
	t.Helper()
	w := newWorld(t)
	image := fixture.New(w.server).Image(dev, "team/app")
	return w, stored{
		t: t, image: image, subject: image.Single("1.0", "v1"), other: image.Single("2.0", "v2"),
		instance: instance,
	}
}

// oneVerdict wants cosign 2, cosign 3 and the plugin to be of one mind; more is for cosign alone.
func (w *world) oneVerdict(good bool, s stored, asked, more []string) {
	w.t.Helper()
	ref := w.ref(dev, "team/app") + "@" + s.subject.String()
	for _, c := range cosigns() {
		args := append(append([]string{"verify"}, asked...), more...)
		stdout, stderr, code := w.run(toolPath(w.t, c.name), append(args, ref)...)
		assert.Equal(w.t, good, code == exitNone, "%s\n%s%s", c.name, stdout, stderr)
	}
	ours := w.judgement(asked...)
	assert.Equal(w.t, good, ours.State == report.StateVerified, "%+v", ours)
	if !good {
		require.NotEmpty(w.t, ours.Verification.Signatures, "what fails is not unsigned")
		assert.NotEmpty(w.t, ours.Verification.Signatures[0].Reasons)
		assert.NotContains(w.t, ours.Verification.Requirements[0].Missing, "is attached")
	}
	assert.NotEqual(w.t, report.StateUnread, ours.State)
}
