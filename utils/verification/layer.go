package verification

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/cosign/v3/pkg/cosign/bundle"
	"github.com/sigstore/cosign/v3/pkg/oci"
	"github.com/sigstore/cosign/v3/pkg/oci/static"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature/payload"

	"github.com/signed-promote/signed-promote/utils/policy"
)

// layer prepares the checks of a layer in cosign's own format: a signature over the layer's bytes in its annotations,
// or a DSSE envelope.
func (c *cosignChecker) layer(r *record, e *policy.Evidence) checker {
	sig, err := signatureOf(r)
	if err != nil {
		e.Problem = oneLine(err)
		return nil
	}
	hash, err := hashOf(r.Subject)
	if err != nil {
		e.Problem = oneLine(err)
		return nil
	}
	var about statement
	verify, claims := cosign.VerifyImageSignature, cosign.SimpleClaimVerifier
	if r.Attests {
		if about, err = envelopeStatement(r.content); err != nil {
			e.Problem = oneLine(err)
			return nil
		}
		e.PredicateType = about.PredicateType
		verify, claims = attestationVerifier, cosign.IntotoSubjectClaimVerifier
	} else {
		e.Reference = referenceIn(r.content)
	}
	return func(ctx context.Context, q policy.Question) (policy.Proof, error) {
		return c.ask(q, func(co *cosign.CheckOpts) (policy.Proof, error) {
			co.ClaimVerifier = claims
			if _, err := verify(ctx, sig, hash, co); err != nil {
				return policy.Proof{}, err
			}
			return proofOf(sig, co, about)
		})
	}
}

// attestationVerifier is cosign's check of one attestation; that of an image's attestations is a loop around the same
// code, whose messages do not tell one from the other.
func attestationVerifier(ctx context.Context, sig oci.Signature, h v1.Hash, co *cosign.CheckOpts) (bool, error) {
	return cosign.VerifyBlobAttestation(ctx, sig, h, co)
}

// signatureOf returns a layer as cosign knows it, from its bytes and its annotations.
func signatureOf(r *record) (oci.Signature, error) {
	notes := r.descriptor.Annotations
	value, there := notes[static.SignatureAnnotationKey]
	if !there {
		return nil, fmt.Errorf("its layer has no annotation %s", static.SignatureAnnotationKey)
	}
	options := []static.Option{static.WithAnnotations(map[string]string{})}
	if cert := notes[static.CertificateAnnotationKey]; cert != "" {
		options = append(options, static.WithCertChain([]byte(cert), []byte(notes[static.ChainAnnotationKey])))
	}
	if text := notes[static.BundleAnnotationKey]; text != "" {
		var b bundle.RekorBundle
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			return nil, fmt.Errorf("its log entry cannot be read: %w", err)
		}
		options = append(options, static.WithBundle(&b))
	}
	if text := notes[static.RFC3161TimestampAnnotationKey]; text != "" {
		var t bundle.RFC3161Timestamp
		if err := json.Unmarshal([]byte(text), &t); err != nil {
			return nil, fmt.Errorf("its timestamp cannot be read: %w", err)
		}
		options = append(options, static.WithRFC3161Timestamp(&t))
	}
	return static.NewSignature(r.content, value, options...)
}

// proofOf reports who made a verified signature, and when. Only a time counts that was verified itself.
func proofOf(sig oci.Signature, co *cosign.CheckOpts, about statement) (policy.Proof, error) {
	proof := policy.Proof{Time: about.time}
	if co.SigVerifier == nil {
		cert, err := sig.Cert()
		if err != nil {
			return proof, err
		}
		proof.Subject = strings.Join(cryptoutils.GetSubjectAlternateNames(cert), ", ")
		proof.Issuer = (&cosign.CertExtensions{Cert: cert}).GetIssuer()
	}
	if entry, err := sig.Bundle(); err == nil && entry != nil && !co.IgnoreTlog {
		proof.Time = time.Unix(entry.Payload.IntegratedTime, 0)
	} else if co.UseSignedTimestamps {
		if stamp, err := cosign.VerifyRFC3161Timestamp(sig, co); err == nil && stamp != nil {
			proof.Time = stamp.Time
		}
	}
	return proof, nil
}

// referenceIn returns the name that an image had when it was signed, as the payload has it.
func referenceIn(content []byte) string {
	var p payload.SimpleContainerImage
	if err := json.Unmarshal(content, &p); err != nil {
		return ""
	}
	return p.Critical.Identity.DockerReference
}
