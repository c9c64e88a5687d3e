package outlook

import (
	"crypto"
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/policy"
)

const (
	version2 = "2.6.5"
	version3 = "3.1.3"
)

// cosign3 predicts cosign 3: where there is any bundle it looks at bundles alone, and `verify` at every bundle,
// whatever it says; else at the .sig or .att.
func (v *view) cosign3(q question) Forecast {
	f := Forecast{Verifier: "cosign", Version: version3, Basis: Measured, Question: cosignQuestion(q)}
	f.Says, f.Reason = v.cosign(q)
	if hash := otherHash(v.own, q); f.Says == Accepts && hash != "" {
		f.Says = Depends
		f.Reason += "; the key signed with another hash than SHA-256: it has to be told --signature-digest-algorithm " + hash
	}
	return f
}

// otherHash returns the hash that somebody signed with, if it is not the one that cosign expects.
func otherHash(found []policy.Evidence, q question) string {
	for _, e := range by(found, q) {
		for _, c := range e.Checks {
			if c.Question == q.asked && c.Proof.Hash > crypto.SHA256 {
				return strings.ToLower(strings.ReplaceAll(c.Proof.Hash.String(), "-", ""))
			}
		}
	}
	return ""
}

// cosign2 predicts cosign 2.6, which does the same, but takes no bundle without a trusted root, even for keys.
func (v *view) cosign2(q question) Forecast {
	f := v.cosign3(q)
	f.Version = version2
	if f.Says == Accepts && len(v.bundles()) > 0 && q.asked.Trust.Root == "" {
		f.Says = Depends
		f.Reason += "; for bundles it needs a trusted root even with a key: without access to the internet, --trusted-root"
	}
	return f
}

func (v *view) cosign(q question) (Says, string) {
	tag := ".sig"
	if q.attests() {
		tag = ".att"
	}
	legacy, bundles := v.tagged(tag[1:]), v.bundles()
	if len(bundles) == 0 {
		return judged(q, legacy, tag, "no bundle is there, so it looks at the "+tag)
	}
	says, reason := v.cosignBundles(q, bundles)
	if says == Refuses && len(by(legacy, q)) > 0 {
		reason += fmt.Sprintf("; the %s that is %s's is hidden by %s: --new-bundle-format=false shows it to cosign 3, not to 2.6", tag, q.asked.Name(), plural(len(bundles), "bundle"))
	}
	return says, reason
}

// cosignBundles judges by bundles. `verify` does not look at the predicate type, so that an attestation passes for a
// signature.
func (v *view) cosignBundles(q question, bundles []policy.Evidence) (Says, string) {
	wanted := bundles
	if q.attests() {
		wanted = ofType(bundles, q.predicateType)
	}
	says, reason := judged(q, wanted, "bundles", "it looks at bundles alone, since there are some")
	if says == Accepts && !q.attests() && len(ofType(by(bundles, q), "")) == 0 {
		reason += fmt.Sprintf("; %s signed no signature, only an attestation, which cosign verify takes for one",
			q.asked.Name())
	}
	return says, reason
}

// mostEntries is how many entries of a record cosign reads; of more it reads none, and neither do those that share its
// code.
const mostEntries = 1000

// unread returns the number of entries in a record that has too many of them, so that none was checked; 0 for any
// other.
func unread(found []policy.Evidence) int {
	for _, e := range found {
		if n := len(e.Attachment.Manifest.Content.Layers); e.Attachment.Storage == attachment.SuffixTag && n > mostEntries {
			return n
		}
	}
	return 0
}

// judged says what comes of looking at some entries.
func judged(q question, found []policy.Evidence, where, because string) (Says, string) {
	mine := by(found, q)
	switch n := unread(found); {
	case n > 0:
		return Refuses, fmt.Sprintf("%s, which has %d entries: it reads none where there are more than %d", because, n,
			mostEntries)
	case len(found) == 0:
		return Refuses, because + ", and finds nothing there"
	case !q.known:
		return Depends, fmt.Sprintf("%s, and finds %s; whose they are decides", because, plural(len(found), "entry"))
	case len(mine) == 0:
		return Refuses, fmt.Sprintf("%s, and none of %s in %s is %s's", because, plural(len(found), "entry"), where,
			q.asked.Name())
	default:
		return Accepts, fmt.Sprintf("%s, and finds %s's (%d of %s)", because, q.asked.Name(), len(mine),
			plural(len(found), "entry"))
	}
}

func cosignQuestion(q question) string {
	command := "verify"
	if q.attests() {
		command = "verify-attestation --type " + q.label
	}
	return command + signerArgument(q)
}

// signerArgument names the signer as on a command line.
func signerArgument(q question) string {
	switch {
	case !q.known:
		return ""
	case q.asked.Signer.Key != "":
		return " --key " + q.asked.Name()
	default:
		return " for " + q.asked.Name()
	}
}

func plural(n int, word string) string {
	switch {
	case n == 1:
		return "1 " + word
	case word == "entry":
		return fmt.Sprintf("%d entries", n)
	default:
		return fmt.Sprintf("%d %ss", n, word)
	}
}
