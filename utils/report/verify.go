package report

import (
	"time"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// State reports what came of verifying an image.
type State string

// The states of an image. One that could not be read is neither verified nor not; one of which nothing was asked is not
// asked.
const (
	StateVerified    State = "verified"
	StateNotVerified State = "not-verified"
	StateNotAsked    State = "not-asked"
	StateUnread      State = "unread"
)

// VerifyResult is the result of the verify command.
type VerifyResult struct {
	Header
	Totals Totals        `json:"totals"`
	Images []VerifyImage `json:"images"`
	Error  *Error        `json:"error,omitempty"`

	Traffic
}

// VerifyImage is one image and what a policy says of it.
type VerifyImage struct {
	Image Location `json:"image"`
	// State is verified, not-verified, not-asked or unread.
	State        State         `json:"state"`
	Verification *Verification `json:"verification,omitempty"`
	// Outlook reports what other verifiers will say, if that was asked for.
	Outlook []Forecast `json:"outlook,omitempty"`
	// Details are there where they were asked for.
	Details *Details `json:"details,omitempty"`
	// Warnings tell what was found and passed over, and why.
	Warnings []string `json:"warnings"`
	Error    *Error   `json:"error,omitempty"`
}

// NewVerify begins the result of the verify command.
func NewVerify() *VerifyResult {
	return &VerifyResult{Header: Header{Status: Success, Command: "verify"}, Images: []VerifyImage{}}
}

// Add takes over images.
func (r *VerifyResult) Add(images ...VerifyImage) {
	r.Images = append(r.Images, images...)
	for _, i := range images {
		switch i.State {
		case StateVerified, StateNotAsked:
			r.Totals.Success++
		default:
			r.Totals.Failure++
			r.Status = Failure
		}
	}
}

// Fail notes an error that ended the run.
func (r *VerifyResult) Fail(err error) *VerifyResult {
	r.Status, r.Error = Failure, errorOf(err)
	return r
}

// Count reports how many images have a state.
func (r *VerifyResult) Count(s State) int {
	n := 0
	for _, i := range r.Images {
		if i.State == s {
			n++
		}
	}
	return n
}

// Verdict describes an image that was held against a policy.
func Verdict(ref reference.Reference, g *attachment.Graph, v *policy.Verdict) VerifyImage {
	ref.Digest = g.Root
	i := VerifyImage{
		Image: location(ref), State: StateNotVerified, Verification: verification(v), Warnings: append([]string{},
			g.Warnings...),
	}
	switch {
	case len(v.Outcomes) == 0:
		i.State = StateNotAsked
	case v.Satisfied():
		i.State = StateVerified
	}
	return i
}

// Unread describes an image that could not be read.
func Unread(ref reference.Reference, err error) VerifyImage {
	return VerifyImage{Image: location(ref), State: StateUnread, Warnings: []string{}, Error: errorOf(err)}
}

// Verification is what a policy says of an image, and what it says so by.
type Verification struct {
	Satisfied bool `json:"satisfied"`
	// Requirements holds everything that was asked for.
	Requirements []Requirement `json:"requirements"`
	// Signatures holds every signature and attestation that was found, whether it counts or not.
	Signatures []Signature `json:"signatures"`
}

// Requirement is one thing that a policy asks for.
type Requirement struct {
	// Policy is the name of the policy in its file; empty for the options.
	Policy string `json:"policy,omitempty"`
	// Subject is the digest of the manifest that is asked about.
	Subject     string `json:"subject"`
	Requirement string `json:"requirement"`
	Satisfied   bool   `json:"satisfied"`
	// By names the signers that fulfil it.
	By []string `json:"by"`
	// Missing reports what is not fulfilled, and why.
	Missing string `json:"missing,omitempty"`
}

// Signature is one signature or attestation, and who made it.
type Signature struct {
	Subject string `json:"subject"`
	// Digest is that of the manifest that holds it, Content that of the payload, envelope or bundle.
	Digest  string `json:"digest"`
	Content string `json:"content"`
	// Kind is signature or attestation.
	Kind string `json:"kind"`
	// Format is cosign, bundle or notation.
	Format string `json:"format"`
	// Storage is suffix-tag, referrer or fallback.
	Storage       string `json:"storage"`
	Tag           string `json:"tag,omitempty"`
	PredicateType string `json:"predicateType,omitempty"`
	// Checked is false for what no policy asked for.
	Checked bool `json:"checked"`
	// Verified reports whether it is by one of those that were asked for.
	Verified bool `json:"verified"`
	// Signers holds those of whom it is.
	Signers []Signer `json:"signers"`
	// Reasons tell why it is not of the others who were asked for, or why it could not be checked at all.
	Reasons []Reason `json:"reasons"`
}

// Signer is somebody who signed.
type Signer struct {
	// Name is what the policy calls the signer; empty for notation, whose trust policy names nobody.
	Name string `json:"name,omitempty"`
	// KeyFingerprint is the SHA-256 of the public key in DER.
	KeyFingerprint string `json:"keyFingerprint,omitempty"`
	// Identity and Issuer are those of a certificate: with cosign the identity and its OIDC issuer, with notation
	// subject and issuer.
	Identity string `json:"identity,omitempty"`
	Issuer   string `json:"issuer,omitempty"`
	// Time is when it was signed, if a log, a timestamp authority or the signed content says so.
	Time string `json:"time,omitempty"`
}

// Reason reports why a signature is not a signer's.
type Reason struct {
	Signer string `json:"signer,omitempty"`
	Reason string `json:"reason"`
}

// verification describes a verdict; nil for none.
func verification(v *policy.Verdict) *Verification {
	if v == nil {
		return nil
	}
	r := &Verification{
		Satisfied: v.Satisfied(), Requirements: make([]Requirement, 0, len(v.Outcomes)), Signatures: make([]Signature, 0,
			len(v.Evidence)),
	}
	for _, o := range v.Outcomes {
		r.Requirements = append(r.Requirements, Requirement{
			Policy: o.Rule, Subject: o.Subject.String(), Requirement: o.Requirement, Satisfied: o.Missing == "",
			By: append([]string{}, o.By...), Missing: o.Missing,
		})
	}
	for _, e := range v.Evidence {
		r.Signatures = append(r.Signatures, signature(e))
	}
	return r
}

func signature(e policy.Evidence) Signature {
	s := Signature{
		Subject: e.Subject.String(), Digest: e.Attachment.Manifest.Digest.String(), Content: e.Content.String(),
		Kind: "signature", Format: string(e.Format), Storage: string(e.Attachment.Storage), Tag: e.Attachment.Tag,
		PredicateType: e.PredicateType, Checked: e.Problem != "" || len(e.Checks) > 0, Verified: e.Verified(), Signers: []Signer{}, Reasons: []Reason{},
	}
	if e.Attests {
		s.Kind = "attestation"
	}
	if e.Problem != "" {
		s.Reasons = append(s.Reasons, Reason{Reason: e.Problem})
	}
	for _, c := range e.Checks {
		if c.Verified {
			s.Signers = append(s.Signers, signerOf(c))
			continue
		}
		s.Reasons = append(s.Reasons, Reason{Signer: c.Question.Name(), Reason: c.Reason})
	}
	return s
}

func signerOf(c policy.Check) Signer {
	s := Signer{
		Name: c.Question.Name(), KeyFingerprint: c.Proof.Fingerprint, Identity: c.Proof.Subject,
		Issuer: c.Proof.Issuer,
	}
	if !c.Proof.Time.IsZero() {
		s.Time = c.Proof.Time.UTC().Format(time.RFC3339)
	}
	return s
}
