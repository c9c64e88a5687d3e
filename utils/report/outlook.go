package report

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/outlook"
)

// Forecast is what another verifier will say of an image.
type Forecast struct {
	Verifier string `json:"verifier"`
	// Version is the one that this speaks of.
	Version string `json:"version"`
	// Basis is measured or read: how the verifier's behaviour is known.
	Basis    string `json:"basis"`
	Question string `json:"question"`
	// Verdict is accepts, refuses or depends.
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
}

// Foresee adds what other verifiers will say.
func (i *VerifyImage) Foresee(all []outlook.Forecast) {
	for _, f := range all {
		i.Outlook = append(i.Outlook, Forecast{
			Verifier: f.Verifier, Version: f.Version, Basis: string(f.Basis), Question: f.Question, Verdict: string(f.Says), Reason: f.Reason,
		})
	}
}

// outlook returns a line for each verifier, and below it the reason.
func (i VerifyImage) outlook(on Screen) string {
	lines := make([]string, 0, 1+2*len(i.Outlook))
	lines = append(lines, on.lines("  what other verifiers will say, with the same keys, identities and trusted roots:"))
	for _, f := range i.Outlook {
		verifier := fmt.Sprintf("%s %s (%s)", f.Verifier, f.Version, f.Basis)
		lines = append(lines,
			gutter+padded(on.tint(f.Verdict), len(missing))+gutter+strings.Join(wrap(verifier, on.room(behindMark)),
				"\n"+behindMark),
			on.wrapped(short(f.Question+": "+f.Reason), behindMark))
	}
	return strings.Join(lines, "\n")
}
