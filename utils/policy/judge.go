package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
)

// Judge reports whether an image satisfies rules. children are the manifests below it that rules may ask signatures of;
// now is what the age of attestations is counted to.
func Judge(rules []Rule, root digest.Digest, children []digest.Digest, f Findings, now time.Time) *Verdict {
	v := &Verdict{Evidence: f.Evidence, Rules: rules, Skipped: f.Skipped}
	for _, r := range rules {
		j := judge{rule: r, Findings: f, now: now}
		v.Outcomes = append(v.Outcomes, j.signatures(root)...)
		for _, a := range r.Attestations {
			v.Outcomes = append(v.Outcomes, j.attestation(root, a))
		}
		if !r.Children {
			continue
		}
		for _, child := range children {
			v.Outcomes = append(v.Outcomes, j.signatures(child)...)
		}
	}
	return v
}

type judge struct {
	Findings
	rule Rule
	now  time.Time
}

// signatures judges what is asked of the signatures on one manifest.
func (j *judge) signatures(subject digest.Digest) []Outcome {
	var all []Outcome
	if s := j.rule.Signatures; s != nil {
		all = append(all, j.signed(subject, *s))
	}
	if j.rule.Notation != nil {
		all = append(all, j.notation(subject, *j.rule.Notation))
	}
	return all
}

func (j *judge) signed(subject digest.Digest, s Signatures) Outcome {
	candidates := j.on(subject, func(e Evidence) bool { return !e.Attests && e.Format != FormatNotation })
	o := Outcome{Rule: j.rule.Name, Subject: subject, Requirement: "signed by " + someOf(s.Required, s.By)}
	return j.count(o, "signature", s.Required, s.By, candidates, 0)
}

func (j *judge) attestation(subject digest.Digest, a Attestation) Outcome {
	candidates := j.on(subject, func(e Evidence) bool { return e.Attests && e.PredicateType == a.Type })
	o := Outcome{Rule: j.rule.Name, Subject: subject, Requirement: "attestation " + a.Label + " by " +
		someOf(a.Required, a.By)}
	if a.MaxAge > 0 {
		o.Requirement += ", at most " + age(a.MaxAge) + " old"
	}
	return j.count(o, a.Label+" attestation", a.Required, a.By, candidates, a.MaxAge)
}

// on returns the evidence on a subject that is of a kind.
func (j *judge) on(subject digest.Digest, kind func(Evidence) bool) []Evidence {
	return slices.DeleteFunc(slices.Clone(j.Evidence), func(e Evidence) bool { return e.Subject != subject || !kind(e) })
}

// count finds who of the signers made one of the candidates, and completes the outcome.
func (j *judge) count(o Outcome, what string, required int, by []Signer, candidates []Evidence,
	maxAge time.Duration,
) Outcome {
	people, reasons := make([][]string, len(by)), make([][]string, len(by))
	for i, s := range by {
		people[i], reasons[i] = j.made(s, candidates, maxAge)
	}
	var lacking []string
	for i, person := range assigned(people) {
		switch {
		case person != "":
			o.By = append(o.By, by[i].String())
		case len(people[i]) > 0:
			lacking = append(lacking, by[i].String()+": who signed counts for another signer of the list already")
		default:
			lacking = append(lacking, by[i].String()+": "+because(reasons[i], what))
		}
	}
	if len(o.By) < required {
		o.Missing = fmt.Sprintf("%d of %d needed: not by %s", len(o.By), required, strings.Join(lacking, "; not by "))
	}
	return o
}

// made returns who made those of the candidates that are a signer's, and why the others are not.
func (j *judge) made(s Signer, candidates []Evidence, maxAge time.Duration) (people, reasons []string) {
	for _, e := range candidates {
		c := e.answer(j.rule.question(s))
		reason := cmp.Or(e.Problem, c.Reason)
		if reason == "" && c.Verified {
			reason = tooOld(c.Proof.Time, j.now, maxAge)
		}
		switch {
		case reason == "" && c.Verified:
			people = append(people, c.Proof.who())
		case !slices.Contains(reasons, reason):
			reasons = append(reasons, reason)
		}
	}
	return people, reasons
}

func (j *judge) notation(subject digest.Digest, n Notation) Outcome {
	o := Outcome{Rule: j.rule.Name, Subject: subject, Requirement: "signed with notation, as its trust policy asks"}
	if name, skipped := j.Skipped[n]; skipped {
		o.By, o.Skipped = []string{fmt.Sprintf("nobody: the trust policy %q says skip", name)}, true
		return o
	}
	var reasons []string
	for _, e := range j.on(subject, func(e Evidence) bool { return e.Format == FormatNotation }) {
		c := e.answer(Question{Notation: n})
		if e.Problem == "" && c.Verified {
			o.By = append(o.By, c.Proof.Subject)
			continue
		}
		reasons = append(reasons, cmp.Or(e.Problem, c.Reason))
	}
	if len(o.By) == 0 {
		o.Missing = because(reasons, "notation signature")
	}
	return o
}

// because joins the reasons why none of the candidates counts; without any there was no candidate.
func because(reasons []string, what string) string {
	if len(reasons) == 0 {
		return "no " + what + " is attached"
	}
	return strings.Join(reasons, "; ")
}

// someOf returns "a", "a and b" or "2 of a, b and c".
func someOf(required int, by []Signer) string {
	names := make([]string, 0, len(by))
	for _, s := range by {
		names = append(names, s.String())
	}
	list := names[0]
	if last := len(names) - 1; last > 0 {
		list = strings.Join(names[:last], ", ") + " and " + names[last]
	}
	if required == len(by) {
		return list
	}
	return fmt.Sprintf("%d of %s", required, list)
}
