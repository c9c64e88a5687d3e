package policy

import (
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
)

// Verdict reports whether an image satisfies a policy, and why.
type Verdict struct {
	// Outcomes holds every requirement that applied, in the order of the rules.
	Outcomes []Outcome
	// Evidence holds every signature and attestation that was found, the failed ones included.
	Evidence []Evidence
	// Rules are those that were for the image.
	Rules []Rule
	// Skipped names the trust policies of notation that need no signature of the image.
	Skipped map[Notation]string
}

// Outcome is one requirement and what came of it.
type Outcome struct {
	Rule    string
	Subject digest.Digest
	// Requirement says what was asked for.
	Requirement string
	// By names the signers that fulfilled it.
	By []string
	// Missing reports what is not fulfilled; empty when all is.
	Missing string
	// Skipped reports that nothing had to be proved.
	Skipped bool
}

// Satisfied reports whether the image satisfies everything that was asked for.
func (v *Verdict) Satisfied() bool { return len(v.Unsatisfied()) == 0 }

// Proves reports whether the policy asks for something on the manifest, and everything that it asks for is there: then
// it decides whether the image may go, by signatures or by attestations alone. Where no rule is for the image, or
// nothing has to be proved, it does not.
func (v *Verdict) Proves(d digest.Digest) bool {
	return v != nil && v.Satisfied() && slices.ContainsFunc(v.Outcomes, func(o Outcome) bool {
		return o.Subject == d &&
			!o.Skipped
	})
}

// Unsatisfied returns what is missing.
func (v *Verdict) Unsatisfied() []Outcome {
	var missing []Outcome
	for _, o := range v.Outcomes {
		if o.Missing != "" {
			missing = append(missing, o)
		}
	}
	return missing
}

// Lacks tells in one line what is missing; it is empty when nothing is.
func (v *Verdict) Lacks() string {
	unsatisfied := v.Unsatisfied()
	all := make([]string, 0, len(unsatisfied))
	for _, o := range unsatisfied {
		text := o.Requirement + ": " + o.Missing
		if o.Rule != "" {
			text = o.Rule + ": " + text
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}
