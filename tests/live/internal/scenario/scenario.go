// Package scenario promotes with the built plugin on a real server, and asks real tools at the target: cosign verifies,
// oras and regctl list. It is the core of the end-to-end tests, without what needs the double: knobs, its request log,
// its users.
package scenario

import (
	"context"
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

// Scenario is a promotion with what has to be true afterwards.
type Scenario struct {
	Name, Text string
	run        func(w *world)
}

// Result is how a scenario ended.
type Result struct {
	Name    string `json:"name"`
	Text    string `json:"text"`
	Passed  bool   `json:"passed"`
	Problem string `json:"problem,omitempty"`
	// Proofs is how many verifications held at the target.
	Proofs int `json:"proofs"`
}

// Setup is what all scenarios share.
type Setup struct {
	Client   *client.Client
	Pair     *scratch.Pair
	Redactor *client.Redactor
	// Plugin is the path of the built plugin; the tools are in PATH.
	Plugin string
	// User and Token log in at the registry.
	User, Token string
	// Registry is where registry clients find a repository; {repo} stands for its key. Default <host>/{repo}.
	Registry string
}

// All lists the scenarios.
func All() []Scenario {
	return []Scenario{
		{"single", "an image with .sig and .att, copied; a key that did not sign is refused", single},
		{"two platforms", "an index signed recursively, copied", twoPlatforms},
		{"bundle", "an image with sigstore bundles, copied; oras and regctl list them", bundle},
		{"rich", "8 attachments, on one another, copied", rich},
		{"move", "the same, moved: nothing is left at the source", move},
		{"pin", "the same over an older image, pinned: no staging tag is left", pin},
		{"rename", "an image under another name and tag", rename},
		{"again", "the same command again changes nothing", again},
		{"notation", "an index and a platform signed by notation, copied; another certificate is refused", notation},
		{"pattern", "images by pattern, copied", pattern},
		{"plan", "a plan that is written, then applied, and refused when the source has changed", plan},
		{"verify", "the plugin's own verify agrees with cosign, for the right key and for a wrong one", verify},
		{"repair", "an image promoted without its signatures: audit tells what is lost, repair brings it back", repair},
		{"prune", "signatures whose image was deleted are removed, others stay", prune},
		{
			"other clients", "crane validates the target, and its digest is the source's for crane, oras and regctl",
			otherClients,
		},
	}
}

// Run runs one scenario in a home of its own.
func (s *Setup) Run(ctx context.Context, c Scenario) Result {
	w, err := s.world(ctx, c.Name)
	if err != nil {
		return Result{Name: c.Name, Text: c.Text, Problem: s.Redactor.Redact(err.Error())}
	}
	defer w.close()
	c.run(w)
	result := Result{Name: c.Name, Text: c.Text, Passed: w.err == nil, Proofs: w.proofs}
	if w.err != nil {
		result.Problem = s.Redactor.Redact(strings.ReplaceAll(w.err.Error(), w.home, "<home>"))
	}
	return result
}

// fail notes the first failure; what follows does nothing.
func (w *world) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// want notes a failure unless it holds.
func (w *world) want(holds bool, format string, args ...any) {
	if !holds {
		w.fail(format, args...)
	}
}
