//go:build e2e

package e2e

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
)

// proof is what one tool says of one manifest: it accepts a signature, or it shows what is attached.
type proof struct {
	// name says what is proved.
	name string
	tool string
	// args come before the reference.
	args []string
	ref  string
	// shows must be in the output.
	shows string
	// env is added to the environment.
	env []string
	// before brings the tool's configuration into the state for this proof.
	before func()
}

// try runs a proof; the output tells why it failed.
func (w *world) try(p proof) (ok bool, output string) {
	w.t.Helper()
	if p.before != nil {
		p.before()
	}
	inner := *w
	inner.env = append(slices.Clone(w.env), p.env...)
	stdout, stderr, code := inner.run(toolPath(w.t, p.tool), append(slices.Clone(p.args), p.ref)...)
	return code == exitNone && strings.Contains(stdout, p.shows), stdout + stderr
}

// holds wants every proof to succeed, and gives how many did.
func (w *world) holds(proofs ...proof) int {
	w.t.Helper()
	return w.count(true, proofs)
}

// fails wants every proof to fail.
func (w *world) fails(proofs ...proof) {
	w.t.Helper()
	w.count(false, proofs)
}

func (w *world) count(want bool, proofs []proof) (succeeded int) {
	w.t.Helper()
	for _, p := range proofs {
		ok, output := w.try(p)
		assert.Equal(w.t, want, ok, "%s: %s %s %s\n%s", p.name, p.tool, strings.Join(p.args, " "), p.ref, output)
		if ok {
			succeeded++
		}
	}
	return succeeded
}

// at returns the same proofs of the same digests in another image.
func (w *world) at(repo, image string, proofs ...proof) []proof {
	moved := slices.Clone(proofs)
	for i, p := range moved {
		moved[i].ref = w.moved(p.ref, repo, image)
	}
	return moved
}

// carried wants every proof to succeed at the source, promotes it as "team/app:1.0", and wants every proof to succeed
// at the target.
func (w *world) carried(proofs []proof, options ...string) {
	w.t.Helper()
	w.holds(proofs...)
	w.promoted(append([]string{"team/app:1.0", dev, prod}, options...)...)
	target := w.at(prod, "team/app", proofs...)
	w.t.Logf("%d of %d proofs hold at the target", w.holds(target...), len(proofs))
}

// byTag are the proofs of a .sig record by both versions of cosign, where no bundle hides it.
func (w *world) byTag(key, ref string) []proof {
	return w.cosignProofs("a .sig of "+ref, []string{"verify"}, key, ref)
}

// besideBundles is the proof of a .sig record which a bundle hides from cosign, unless cosign 3 is told to look
// (masking).
func (w *world) besideBundles(key, ref string) proof {
	return proof{
		name: "a hidden .sig of " + ref, tool: "cosign-v3",
		args: w.verifyArgs([]string{"verify", "--new-bundle-format=false"}, key), ref: ref,
	}
}

// attestedBesideBundles is the same for a .att record.
func (w *world) attestedBesideBundles(key, ref string) proof {
	args := w.verifyArgs([]string{"verify-attestation", "--type", "custom", "--new-bundle-format=false"}, key)
	return proof{name: "a hidden .att of " + ref, tool: "cosign-v3", args: args, ref: ref}
}

// byBundle are the proofs of a signature in a bundle.
func (w *world) byBundle(key, ref string) []proof {
	return w.cosignProofs("a bundle on "+ref, []string{"verify"}, key, ref)
}

// attested are the proofs of an attestation, in whichever layout.
func (w *world) attested(key, ref string) []proof {
	return w.cosignProofs("an attestation of "+ref, []string{"verify-attestation", "--type", "custom"}, key, ref)
}

func (w *world) cosignProofs(name string, words []string, key, ref string) []proof {
	var proofs []proof
	for _, c := range cosigns() {
		proofs = append(proofs, proof{name: name, tool: c.name, args: w.verifyArgs(words, key), ref: ref})
	}
	return proofs
}

// verifyArgs are the options with which both versions of cosign verify both layouts without a network.
func (w *world) verifyArgs(words []string, key string) []string {
	return slices.Concat(words, []string{
		"--key", key + ".pub", "--insecure-ignore-tlog", "--trusted-root",
		w.trustedRoot(),
	})
}

// shown are the proofs by oras and regctl that an artifact is attached to ref.
func (w *world) shown(ref, artifact string) []proof {
	name, digest := artifact+" on "+ref, digestOf(artifact)
	return []proof{
		{name: name, tool: "oras", args: []string{"discover", "--plain-http", "--format", "json"}, ref: ref, shows: digest},
		{
			name: name, tool: "regctl", args: []string{"--host", w.regctlHost(), "artifact", "list", "--format", "{{json .}}"},
			ref: ref, shows: digest,
		},
	}
}
