package policy

import "slices"

// Questions returns everything that signatures have to be held against for a list of rules, each once.
func Questions(rules []Rule) []Question {
	var all []Question
	add := func(q Question) {
		if !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	for _, r := range rules {
		for _, s := range r.signers() {
			add(r.question(s))
		}
		if r.Notation != nil {
			add(Question{Notation: *r.Notation})
		}
	}
	return all
}

// signers returns everybody whom a rule names.
func (r Rule) signers() []Signer { return slices.Concat(r.Lists()...) }

func (r Rule) question(s Signer) Question { return Question{Signer: s, Trust: r.Trust} }

// NeedsRoot reports whether the question can be answered only with sigstore's trusted root: certificates always, keys
// when a log or a timestamp authority has to confirm the signature.
func (q Question) NeedsRoot() bool {
	if q.Signer == (Signer{}) {
		return false
	}
	return q.Signer.Key == "" || !q.Trust.IgnoreTlog || q.Trust.SignedTimestamps
}

// Name names the signer that the question is about; empty for notation, whose trust policy says who that is.
func (q Question) Name() string {
	if q.Signer == (Signer{}) {
		return ""
	}
	return q.Signer.String()
}
