package verification

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/cosign/v3/pkg/oci/static"
	"github.com/sigstore/cosign/v3/pkg/types"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/signed-promote/signed-promote/utils/policy"
)

// bundle prepares the checks of a sigstore bundle, of which cosign takes version 0.3 and later with a DSSE envelope.
func (c *cosignChecker) bundle(r *record, e *policy.Evidence) checker {
	b, envelope, err := bundleOf(r.content)
	if err != nil {
		e.Problem = oneLine(err)
		return nil
	}
	about, err := parseStatement(b.GetDsseEnvelope().GetPayload())
	if err != nil {
		e.Problem = oneLine(err)
		return nil
	}
	e.Attests = about.PredicateType != types.CosignSignPredicateType
	if e.Attests {
		e.PredicateType = about.PredicateType
	}
	hash, err := hashOf(r.Subject)
	if err != nil {
		e.Problem = oneLine(err)
		return nil
	}
	return func(ctx context.Context, q policy.Question) (policy.Proof, error) {
		return c.ask(q, func(co *cosign.CheckOpts) (policy.Proof, error) {
			co.NewBundleFormat = true
			return checkBundle(ctx, co, b, envelope, hash, about)
		})
	}
}

// bundleOf reads a bundle as cosign does. envelope is its DSSE envelope in JSON.
func bundleOf(content []byte) (b *bundle.Bundle, envelope []byte, err error) {
	raw := &protobundle.Bundle{}
	if err := protojson.Unmarshal(content, raw); err != nil {
		return nil, nil, fmt.Errorf("it is not a sigstore bundle: %w", err)
	}
	if b, err = bundle.NewBundle(raw); err != nil {
		return nil, nil, fmt.Errorf("it is not a valid sigstore bundle: %w", err)
	}
	switch {
	case !b.MinVersion("v0.3"):
		return nil, nil, errors.New("it is a sigstore bundle of a version before 0.3, which cosign does not take")
	case b.GetDsseEnvelope() == nil:
		return nil, nil, errors.New("the sigstore bundle holds a plain signature; for images cosign takes DSSE envelopes only")
	}
	envelope, err = json.Marshal(b.GetDsseEnvelope())
	return b, envelope, err
}

// checkBundle does what `cosign verify` does with each bundle.
func checkBundle(ctx context.Context, co *cosign.CheckOpts, b *bundle.Bundle, envelope []byte, hash v1.Hash, about statement) (policy.Proof, error) {
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
