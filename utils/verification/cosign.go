package verification

import (
	"context"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/signed-promote/signed-promote/utils/policy"
)

// cosignChecker asks cosign's code. It is filled by prepare and only read afterwards.
type cosignChecker struct {
	keys  map[string]*key
	roots map[string]root.TrustedMaterial
}

func newCosignChecker() *cosignChecker {
	return &cosignChecker{keys: map[string]*key{}, roots: map[string]root.TrustedMaterial{}}
}

// prepare loads what a question needs.
func (c *cosignChecker) prepare(ctx context.Context, q policy.Question, getenv func(string) string) (err error) {
	if ref := q.Signer.Key; ref != "" && c.keys[ref] == nil {
		if c.keys[ref], err = loadKey(ref, getenv); err != nil {
			return err
		}
	}
	if path := q.Trust.Root; (path != "" || q.NeedsRoot()) && c.roots[path] == nil {
		c.roots[path], err = loadRoot(ctx, path)
	}
	return err
}

// distinct refuses a rule that names one key twice: its holder would count as two signers.
func (c *cosignChecker) distinct(rules []policy.Rule) error {
	for _, r := range rules {
		for _, signers := range r.Lists() {
			seen := map[string]string{}
			for _, s := range signers {
				if s.Key == "" {
					continue
				}
				mark := c.keys[s.Key].fingerprint
				if first, twice := seen[mark]; twice {
					return fmt.Errorf("%s and %s are the same key, whose holder can sign for one signer only", first, s)
				}
				seen[mark] = s.String()
			}
		}
	}
	return nil
}

// options returns what cosign's command line would make of a question: one set for an identity, for a key one for each
// hash.
func (c *cosignChecker) options(q policy.Question) []*cosign.CheckOpts {
	common := cosign.CheckOpts{
		IgnoreTlog: q.Trust.IgnoreTlog, IgnoreSCT: q.Trust.IgnoreSCT, UseSignedTimestamps: q.Trust.SignedTimestamps,
		// A log entry is stored with the signature; none is searched for in a log on the network.
		Offline: true, MaxWorkers: 1,
	}
	if material, ok := c.roots[q.Trust.Root]; ok {
		common.TrustedMaterial = material
	}
	if q.Signer.Key == "" {
		i := q.Signer.Identity
		common.Identities = []cosign.Identity{{
			Issuer: i.Issuer, IssuerRegExp: i.IssuerRegexp, Subject: i.Subject,
			SubjectRegExp: i.SubjectRegexp,
		}}
		return []*cosign.CheckOpts{&common}
	}
	var all []*cosign.CheckOpts
	for _, verifier := range c.keys[q.Signer.Key].verifiers {
		one := common
		one.SigVerifier = verifier
		all = append(all, &one)
	}
	return all
}

// ask tries the options of a question in turn. The reason of a failure is that of the first: others differ in the hash
// alone.
func (c *cosignChecker) ask(q policy.Question,
	check func(*cosign.CheckOpts) (policy.Proof, error),
) (policy.Proof, error) {
	var first error
	for i, co := range c.options(q) {
		proof, err := check(co)
		if err == nil {
			if k := c.keys[q.Signer.Key]; k != nil {
				proof.Fingerprint, proof.Hash = k.fingerprint, k.hashes[i]
			}
			return proof, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = errors.New("there is nothing to check it with")
	}
	return policy.Proof{}, first
}

// hashOf returns a digest in the type of cosign's functions.
func hashOf(d digest.Digest) (v1.Hash, error) {
	h, err := v1.NewHash(d.String())
	if err != nil {
		return h, fmt.Errorf("cosign knows no digests such as %s", d.Algorithm())
	}
	return h, nil
}
