// Package outlook predicts what other verifiers will say of an image. Each of them looks at some layouts and not at
// others, and a signature that is there can hide from one of them. It is pure: it judges by what discovery and
// verification found out.
package outlook

import (
	"slices"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/policy"
)

// Says is what a verifier will say.
type Says string

// What verifiers say. It depends when something decides that is not known here: the verifier's configuration, or whose
// key it has.
const (
	Accepts Says = "accepts"
	Refuses Says = "refuses"
	Depends Says = "depends"
)

// Basis reports how a verifier's behaviour is known.
type Basis string

// Measured was tried with the verifier's own binary or library; read was read in the source of that version.
const (
	Measured Basis = "measured"
	Read     Basis = "read"
)

// Forecast is what one verifier will say to one question.
type Forecast struct {
	Verifier, Version string
	Basis             Basis
	// Question is what it is asked.
	Question string
	Says     Says
	Reason   string
}

// Input is what a prediction is made from.
type Input struct {
	Graph *attachment.Graph
	// Verdict holds what was checked, and by which rules.
	Verdict *policy.Verdict
	// Prefix is cosign's --attachment-tag-prefix, with which the verifiers are thought to be called.
	Prefix string
}

// Of predicts for everybody who is asked for, and without anybody for whoever the verifiers may know.
func Of(in Input) []Forecast {
	v := newView(in)
	var all []Forecast
	for _, q := range v.questions() {
		if q.asked.Notation == (policy.Notation{}) {
			all = append(all, v.cosign3(q), v.cosign2(q))
			if !q.attests() {
				all = append(all, v.containersImage(q))
			}
			all = append(all, v.kyverno(q), v.kyvernoBundle(q), v.policyController(q))
			continue
		}
		all = append(all, v.notation(q), v.kyvernoNotary(q))
	}
	return all
}

// question is what a verifier is asked: a signature, or an attestation of a type, by somebody.
type question struct {
	asked policy.Question
	// known is false when nobody is named: then only what a verifier finds can be told.
	known bool
	// predicateType and label are those of an attestation; empty for a signature.
	predicateType, label string
}

func (q question) attests() bool { return q.predicateType != "" }

// questions returns those that the rules ask, each once. Without rules it is whether there is any signature of cosign
// or notation.
func (v *view) questions() []question {
	var all []question
	add := func(q question) {
		if !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	for _, r := range v.Verdict.Rules {
		if r.Signatures != nil {
			for _, s := range r.Signatures.By {
				add(question{asked: policy.Question{Signer: s, Trust: r.Trust}, known: true})
			}
		}
		for _, a := range r.Attestations {
			for _, s := range a.By {
				add(question{asked: policy.Question{Signer: s, Trust: r.Trust}, known: true, predicateType: a.Type, label: a.Label})
			}
		}
		if r.Notation != nil {
			add(question{asked: policy.Question{Notation: *r.Notation}, known: true})
		}
	}
	if len(all) == 0 {
		all = []question{{}, {asked: policy.Question{Notation: policy.Notation{Config: "-"}}}}
	}
	return all
}
