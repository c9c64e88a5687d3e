package signed

import (
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// Media types, annotations and predicate types as the tools write them.
const (
	typeSimpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json"
	typeDSSE          = "application/vnd.dsse.envelope.v1+json"
	typeInToto        = "application/vnd.in-toto+json"
	typeBundle        = "application/vnd.dev.sigstore.bundle.v0.3+json"

	noteSignature   = "dev.cosignproject.cosign/signature"
	noteCertificate = "dev.sigstore.cosign/certificate"
	noteChain       = "dev.sigstore.cosign/chain"
	noteEntry       = "dev.sigstore.cosign/bundle"

	// SignPredicate is the predicate type of cosign 3's signatures.
	SignPredicate = "https://sigstore.dev/cosign/sign/v1"
	// CustomPredicate is what cosign calls "custom".
	CustomPredicate = "https://cosign.sigstore.dev/attestation/v1"
)

// Payload returns what cosign signs in its own format.
func Payload(subject digest.Digest) string {
	return fmt.Sprintf(`{"critical":{"identity":{"docker-reference":"example.com/docker-dev-local/team/app"},`+
		`"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}`, subject)
}

// Statement returns an in-toto statement about a digest. predicate is JSON.
func Statement(subject digest.Digest, predicateType, predicate string) string {
	return fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"%s"}}],"predicateType":"%s","predicate":%s}`,
		subject.Encoded(), predicateType, predicate)
}

// Signing returns the statement of a signature.
func Signing(subject digest.Digest) string { return Statement(subject, SignPredicate, "{}") }

// PutBundle stores a bundle as cosign 3 does on a registry with a referrers API.
func PutBundle(image fixture.Image, subject digest.Digest, bundle, predicateType string) digest.Digest {
	return image.Attach(subject, fixture.Artifact{
		Type: typeBundle, LayerType: typeBundle, Contents: []string{bundle},
		Annotations: map[string]string{
			"dev.sigstore.bundle.content":       "dsse-envelope",
			"dev.sigstore.bundle.predicateType": predicateType,
		},
	})
}
