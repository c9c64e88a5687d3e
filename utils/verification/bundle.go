package verification

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/cosign/v3/pkg/oci/static"
	"github.com/sigstore/cosign/v3/pkg/types"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/signed-promote/signed-promote/utils/policy"
)

// bundle prepares the checks of a sigstore bundle. What cosign passes over, since it is no bundle of version 0.3 or
// later, has a problem; what it takes for one and then refuses fails every check.
func (c *cosignChecker) bundle(r *record, e *policy.Evidence) checker {
	b, err := bundleOf(r.content)
	if err != nil {
		e.Problem = oneLine(err)
		return nil
	}
	about, envelope, hash, err := contentOf(b, r.Subject)
	if err != nil {
		return func(context.Context, policy.Question) (policy.Proof, error) { return policy.Proof{}, err }
	}
	e.Attests = about.PredicateType != types.CosignSignPredicateType
	if e.Attests {
		e.PredicateType = about.PredicateType
	}
	return func(ctx context.Context, q policy.Question) (policy.Proof, error) {
		return c.ask(q, func(co *cosign.CheckOpts) (policy.Proof, error) {
			co.NewBundleFormat = true
			return checkBundle(ctx, co, b, envelope, hash, about)
		})
	}
}

// bundleOf reads a bundle as cosign does.
func bundleOf(content []byte) (*bundle.Bundle, error) {
	raw := &protobundle.Bundle{}
	if err := protojson.Unmarshal(content, raw); err != nil {
		return nil, fmt.Errorf("it is not a sigstore bundle: %w", err)
	}
	b, err := bundle.NewBundle(raw)
	if err != nil {
		return nil, fmt.Errorf("it is not a valid sigstore bundle: %w", err)
	}
	if !b.MinVersion("v0.3") {
		return nil, errors.New("it is a sigstore bundle of a version before 0.3, which cosign does not take")
	}
	return b, nil
}

// contentOf returns the statement in a bundle, its DSSE envelope in JSON, and the subject's digest as cosign has it.
func contentOf(b *bundle.Bundle, subject digest.Digest) (about statement, envelope []byte, hash v1.Hash, err error) {
	if b.GetDsseEnvelope() == nil {
		return about, nil, hash, errors.New("the sigstore bundle holds a plain signature; for images cosign takes DSSE envelopes only")
	}
	if about, err = parseStatement(b.GetDsseEnvelope().GetPayload()); err != nil {
		return about, nil, hash, err
	}
	if hash, err = hashOf(subject); err != nil {
		return about, nil, hash, err
	}
	envelope, err = json.Marshal(b.GetDsseEnvelope())
	return about, envelope, hash, err
}

// checkBundle does what `cosign verify` does with each bundle.
func checkBundle(ctx context.Context, co *cosign.CheckOpts, b *bundle.Bundle, envelope []byte, hash v1.Hash,
	about statement,
) (policy.Proof, error) {
	sum, err := hex.DecodeString(hash.Hex)
	if err != nil {
		return policy.Proof{}, err
	}
	result, err := cosign.VerifyNewBundle(ctx, co, verify.WithArtifactDigest(hash.Algorithm, sum), b)
	if err != nil {
		return policy.Proof{}, err
	}
	att, err := static.NewAttestation(envelope)
	if err != nil {
		return policy.Proof{}, err
	}
	if err := cosign.IntotoSubjectClaimVerifier(att, hash, nil); err != nil {
		return policy.Proof{}, err
	}
	proof := policy.Proof{Time: about.time}
	if s := result.Signature; s != nil && s.Certificate != nil {
		proof.Subject, proof.Issuer = s.Certificate.SubjectAlternativeName, s.Certificate.Issuer
	}
	for _, stamp := range result.VerifiedTimestamps {
		// The third type that there is, the current time, is no time of signing.
		if stamp.Type == "Tlog" || stamp.Type == "TimestampAuthority" {
			proof.Time = stamp.Timestamp
		}
	}
	return proof, nil
}
