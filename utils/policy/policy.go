// Package policy says who must have signed an image before it may enter a repository, and judges by the evidence
// whether they have. It is pure: the evidence comes from package verification, which reads attachments and checks their
// signatures.
package policy

import (
	"cmp"
	"time"
)

// Policy is all that an image has to satisfy. The zero Policy asks for nothing.
type Policy struct {
	Rules []Rule
	// Strict refuses images that no rule is for. Rules from a file are strict, those from options are for every image.
	Strict bool
	// Origin reports where the rules come from, for messages: a file or the options.
	Origin string
}

// Rule is what the images in its scope have to satisfy, every part of it.
type Rule struct {
	Name  string
	Scope Scope
	// Signatures asks for signatures of cosign; nil asks for none.
	Signatures *Signatures
	// Attestations ask for attestations of cosign.
	Attestations []Attestation
	// Notation asks for a signature of notation; nil asks for none.
	Notation *Notation
	// Children asks the same signatures, of cosign and notation, of every platform's manifest below an index.
	Children bool
	// Trust says whom the checks believe.
	Trust Trust
}

// Signatures asks for the signatures of some of a list of signers.
type Signatures struct {
	// Required is how many different signers of By must have signed, at least 1.
	Required int
	By       []Signer
}

// Attestation asks for an attestation of one predicate type.
type Attestation struct {
	// Type is the URI of the predicate type, Label what the user called it.
	Type, Label string
	// MaxAge is how old the attestation may be; 0 for any age.
	MaxAge time.Duration
	// Required is how many different signers of By must have made one, at least 1.
	Required int
	By       []Signer
}

// Notation asks for a signature that notation's own trust policy accepts.
type Notation struct {
	// Config is the folder with trustpolicy.json and truststore/.
	Config string
	// Registry is how the images are named in the trust policy's registryScopes: "<host>[/<path>]", before the image
	// path. Empty means the server's host, with the repository key before the image path or before the host, whichever
	// the trust policy names.
	Registry string
}

// Trust says whom the checks believe.
type Trust struct {
	// Root is the file with sigstore's trusted root; empty means the one of the public-good instance, if any is needed.
	Root string
	// IgnoreTlog accepts signatures that are in no transparency log.
	IgnoreTlog bool
	// IgnoreSCT accepts certificates that were in no certificate transparency log.
	IgnoreSCT bool
	// SignedTimestamps takes the time of signing from a timestamp authority of the trusted root.
	SignedTimestamps bool
}

// Signer is somebody whose signature can be asked for: the holder of a key, or an identity that a certificate was
// issued to.
type Signer struct {
	// Name is what messages call the signer; empty for what the signer is asked for by.
	Name string
	// Key refers to a public key: a PEM file or env://VARIABLE. Empty for an identity.
	Key      string
	Identity Identity
}

// Identity matches what certificates say: the subject and its OIDC issuer, each exactly or by a regular expression that
// matches a part of it, as cosign has it.
type Identity struct {
	Subject, SubjectRegexp string
	Issuer, IssuerRegexp   string
}

// String names the signer for people.
func (s Signer) String() string {
	if s.Key != "" {
		return cmp.Or(s.Name, s.Key)
	}
	return cmp.Or(s.Name, s.Identity.String())
}

// String returns subject and issuer, regular expressions between slashes.
func (i Identity) String() string {
	return cmp.Or(i.Subject, "/"+i.SubjectRegexp+"/") + " (" + cmp.Or(i.Issuer, "/"+i.IssuerRegexp+"/") + ")"
}

// Applies returns the rules for an image.
func (p *Policy) Applies(repo, image string) []Rule {
	var rules []Rule
	for _, r := range p.Rules {
		if r.Scope.Covers(repo, image) {
			rules = append(rules, r)
		}
	}
	return rules
}

// Lists returns each list of signers in the rule.
func (r Rule) Lists() [][]Signer {
	var lists [][]Signer
	if r.Signatures != nil {
		lists = append(lists, r.Signatures.By)
	}
	for _, a := range r.Attestations {
		lists = append(lists, a.By)
	}
	return lists
}

// Wants reports whether the rule asks for signatures or attestations such as this one. Which of both a bundle is, only
// its content tells.
func (r Rule) Wants(e Evidence) bool {
	switch {
	case e.Format == FormatNotation:
		return r.Notation != nil
	case e.Format == FormatBundle:
		return len(r.Lists()) > 0
	case e.Attests:
		return len(r.Attestations) > 0
	default:
		return r.Signatures != nil
	}
}
