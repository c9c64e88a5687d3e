package plan

import (
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// Agreed leaves of the deletes that the state allows those that a binding plan names.
func (p *Plan) Agreed(deletes []Step) []Step {
	if !p.Binding {
		return deletes
	}
	return slices.DeleteFunc(deletes, func(s Step) bool {
		return !slices.ContainsFunc(p.Steps, func(planned Step) bool {
			return planned.Action.Deletes() && planned.Path == s.Path && planned.Digest == s.Digest
		})
	})
}

// NotAgreed is the error for a path that holds something else than a binding plan is about.
func NotAgreed(step Step, now digest.Digest) error {
	return &failure.Failure{
		Side: failure.Target,
		Message: fmt.Sprintf("%s was written meanwhile and holds %s, which is not what the plan is about", step.Path,
			OrNothing(now)),
		Hint: "The image's tag was not touched. Make a new plan.",
	}
}

// OrNothing returns a digest for a message, where none is "nothing".
func OrNothing(d digest.Digest) string {
	if d == "" {
		return "nothing"
	}
	return d.String()
}
