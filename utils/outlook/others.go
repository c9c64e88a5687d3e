package outlook

import (
	"fmt"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/policy"
)

// containersImage predicts podman, skopeo, CRI-O and OpenShift, which share this library: they look at the .sig alone,
// and hold the name in it against the image's.
func (v *view) containersImage(q question) Forecast {
	f := Forecast{
		Verifier: "containers/image (podman, skopeo, CRI-O)", Version: "5.36.2", Basis: Measured,
		Question: "sigstoreSigned" + signerArgument(q),
	}
	found := v.tagged("sig")
	if n := unread(found); n > 0 {
		f.Says, f.Reason = Depends, fmt.Sprintf("it looks at the .sig alone, and reads all of its %d entries, which were not checked here", n)
		return f
	}
	f.Says, f.Reason = judged(q, found, ".sig", "it looks at the .sig alone")
	if f.Says == Accepts {
		f.Says = Depends
		f.Reason += "; the name in the signature has to be allowed: signedIdentity exactRepository with " + references(by(found, q))
	}
	return f
}

const (
	// typeNotation is the artifactType of notation's signatures.
	typeNotation            = "application/vnd.cncf.notary.signature"
	kyvernoVersion          = "1.15.2"
	policyControllerVersion = "0.14.0"
	// kyvernoReferrers is how many referrers Kyverno reads; with more it fails.
	kyvernoReferrers = 50
)

// kyverno predicts its rules of type Cosign, the default: it links cosign 2.4.1, which knows no bundles.
func (v *view) kyverno(q question) Forecast {
	f := Forecast{Verifier: "Kyverno", Version: kyvernoVersion, Basis: Read, Question: "type Cosign" + what(q) +
		signerArgument(q)}
	tag := suffix(q)
	f.Says, f.Reason = judged(q, v.tagged(tag), "."+tag, "it looks at the ."+tag+" alone")
	return f
}

// kyvernoBundle predicts its rules of type SigstoreBundle: referrers whose list entry has the type of a bundle, with
// certificates alone.
func (v *view) kyvernoBundle(q question) Forecast {
	f := Forecast{Verifier: "Kyverno", Version: kyvernoVersion, Basis: Read, Question: "type SigstoreBundle" + what(q) +
		signerArgument(q)}
	listed := v.listed(policy.FormatBundle)
	seen := v.typed(listed, attachment.IsBundleType)
	wanted := seen
	if q.attests() {
		wanted = ofType(seen, q.predicateType)
	}
	f.Says, f.Reason = judged(q, wanted, "bundles", "it looks at bundles alone")
	switch {
	case q.asked.Signer.Key != "":
		f.Says, f.Reason = Refuses, "it checks bundles against certificate identities, never against keys"
	case len(v.referrers()) > kyvernoReferrers:
		f.Says, f.Reason = Refuses, fmt.Sprintf("it reads no more than %d referrers, and there are %d", kyvernoReferrers,
			len(v.referrers()))
	case len(seen) < len(listed):
		f.Reason += fmt.Sprintf("; %s in the fallback tag under a wrong type, so that it does not see them",
			plural(len(listed)-len(seen), "bundle"))
	case f.Says == Accepts:
		f.Says = Depends
		f.Reason += "; its own trusted root has to know the certificate authority"
	}
	return f
}

// referrers returns every referrer that a client sees.
func (v *view) referrers() []attachment.Attachment {
	var all []attachment.Attachment
	for _, a := range v.Graph.Of(v.Graph.Root) {
		if a.Storage == attachment.Referrer || (a.Storage == attachment.Fallback && !v.Graph.API) {
			all = append(all, a)
		}
	}
	return all
}

// policyController predicts sigstore's admission controller: with its default signatureFormat the .sig or .att alone,
// and bundles only for attestations by certificates.
func (v *view) policyController(q question) Forecast {
	f := Forecast{
		Verifier: "policy-controller", Version: policyControllerVersion, Basis: Read,
		Question: "signatureFormat legacy" + what(q) + signerArgument(q),
	}
	tag := suffix(q)
	f.Says, f.Reason = judged(q, v.tagged(tag), "."+tag, "it looks at the ."+tag+" alone")
	if f.Says != Accepts && len(v.bundles()) > 0 {
		f.Reason += "; with signatureFormat bundle it takes attestations by certificates from bundles, and no signatures"
	}
	return f
}

// notation predicts notation: referrers whose list entry has its type.
func (v *view) notation(q question) Forecast {
	f := Forecast{Verifier: "notation", Version: "1.3.2", Basis: Measured, Question: "verify"}
	f.Says, f.Reason = v.notary(q)
	return f
}

// kyvernoNotary predicts Kyverno's rules of type Notary, which see what notation sees.
func (v *view) kyvernoNotary(q question) Forecast {
	f := Forecast{Verifier: "Kyverno", Version: kyvernoVersion, Basis: Read, Question: "type Notary"}
	f.Says, f.Reason = v.notary(q)
	if f.Says == Accepts {
		f.Says = Depends
		f.Reason += "; its policy has to know the certificate"
	}
	return f
}

func (v *view) notary(q question) (Says, string) {
	if name, skipped := v.Verdict.Skipped[q.asked.Notation]; skipped {
		return Accepts, fmt.Sprintf("the trust policy %q says skip", name)
	}
	found := v.listed(policy.FormatNotation)
	seen := v.typed(found, func(t string) bool { return t == typeNotation })
	mine := by(seen, q)
	switch {
	case len(found) > 0 && len(seen) == 0:
		return Refuses, "its signatures are in the fallback tag under a wrong type, so that it does not see them"
	case len(seen) == 0:
		return Refuses, "it looks at referrers of its own type, and finds none"
	case !q.known:
		return Depends, fmt.Sprintf("it finds %s; the trust policy decides", plural(len(seen), "signature"))
	case len(mine) == 0:
		return Refuses, fmt.Sprintf("it finds %s, and the trust policy accepts none", plural(len(seen), "signature"))
	default:
		return Accepts, fmt.Sprintf("it finds %s, and the trust policy accepts %d", plural(len(seen), "signature"), len(mine))
	}
}

func suffix(q question) string {
	if q.attests() {
		return "att"
	}
	return "sig"
}

// what names what is asked of an admission controller.
func what(q question) string {
	if q.attests() {
		return ", attestation " + q.label
	}
	return ""
}
