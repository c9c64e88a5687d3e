package policy

import (
	"crypto"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
)

// Format tells in which format a signature or attestation is kept.
type Format string

// The formats: cosign's own, with the signature in annotations of a layer or in a DSSE envelope; sigstore's bundle; and
// notation's envelope.
const (
	FormatCosign   Format = "cosign"
	FormatBundle   Format = "bundle"
	FormatNotation Format = "notation"
)

// Evidence is one signature or attestation on one manifest, and what came of checking it.
type Evidence struct {
	// Subject is the manifest that it is attached to, which is not yet what it is about: a signature of another image
	// fails its checks.
	Subject digest.Digest
	// Attachment is the manifest that holds it.
	Attachment attachment.Attachment
	// Content is the digest of the payload, envelope or bundle.
	Content digest.Digest
	Format  Format
	// Attests is false for a signature.
	Attests bool
	// PredicateType is that of an attestation, as its content says.
	PredicateType string
	// Reference is what the image was called when it was signed, where the signature says so.
	Reference string
	// Problem reports why it could not be checked at all: it is not what its type says, or it is gone.
	Problem string
	// Checks holds a check for each signer that was asked for.
	Checks []Check
}

// Question is what a signature can be held against: a signer and whom to believe about it, or a notation trust policy.
// It is comparable.
type Question struct {
	Signer Signer
	Trust  Trust
	// Notation is zero unless the question is for a notation signature.
	Notation Notation
}

// Check is one signature held against one question.
type Check struct {
	Question Question
	Verified bool
	// Reason reports why the signature is not that signer's, or does not count; empty when it was verified.
	Reason string
	// Proof is who signed and when; the zero Proof unless it was verified.
	Proof Proof
}

// Proof says who made a signature that was verified.
type Proof struct {
	// Fingerprint is the SHA-256 of a public key in DER, "sha256:<hex>".
	Fingerprint string
	// Hash is what a key signed with.
	Hash crypto.Hash
	// Subject and Issuer are those of a certificate: the identity and its OIDC issuer, or for notation the
	// distinguished names.
	Subject, Issuer string
	// Time is when it was signed, by a transparency log, a timestamp authority or the signed content itself; zero if
	// nothing of it says.
	Time time.Time
}

// who tells people apart.
func (p Proof) who() string { return p.Fingerprint + " " + p.Issuer + " " + p.Subject }

// Verified reports whether some signer that was asked for made it.
func (e Evidence) Verified() bool {
	return slices.ContainsFunc(e.Checks, func(c Check) bool { return c.Verified })
}

// answer returns the check for a question. What was not held against it is not verified.
func (e Evidence) answer(q Question) Check {
	for _, c := range e.Checks {
		if c.Question == q {
			return c
		}
	}
	return Check{Question: q, Reason: "it was not checked"}
}

// Findings is all that verification found out about one image.
type Findings struct {
	Evidence []Evidence
	// Skipped names the trust policies of notation which say that this image needs no signature, by their question.
	Skipped map[Notation]string
}
