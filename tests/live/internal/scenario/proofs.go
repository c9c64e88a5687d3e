package scenario

import (
	"slices"
	"strings"
)

// proof is what one tool says of one manifest: it accepts a signature, or it shows what is attached.
type proof struct {
	tool string
	// args come before the reference.
	args []string
	ref  string
	// shows must be in the output.
	shows string
}

func (w *world) try(p proof) (holds bool, output string) {
	output, ok := w.run(p.tool, append(slices.Clone(p.args), p.ref)...)
	return ok && strings.Contains(output, p.shows), output
}

// hold wants every proof to succeed where it is.
func (w *world) hold(proofs []proof) {
	for _, p := range proofs {
		ok, output := w.try(p)
		w.want(ok, "%s %s %s: %s", p.tool, strings.Join(p.args, " "), p.ref, lastLines(output))
	}
}

// arrived wants every proof to succeed at the target, and counts them.
func (w *world) arrived(proofs []proof) {
	moved := slices.Clone(proofs)
	for i := range moved {
		moved[i].ref = w.atTarget(moved[i].ref)
	}
	w.hold(moved)
	if w.err == nil {
		w.proofs += len(moved)
	}
}

// refuse wants every proof to fail at the target.
func (w *world) refuse(proofs []proof) {
	for _, p := range proofs {
		p.ref = w.atTarget(p.ref)
		ok, _ := w.try(p)
		w.want(!ok, "%s %s %s succeeds, and must not", p.tool, strings.Join(p.args, " "), p.ref)
	}
}

func (w *world) verify(tool, key, ref string, words ...string) proof {
	args := slices.Concat(words, []string{
		"--key", key + ".pub", "--insecure-ignore-tlog", "--trusted-root",
		w.trustedRoot(),
	}, w.http())
	return proof{tool: tool, args: args, ref: ref}
}

// signed are the proofs of a signature by both versions of cosign, in whichever layout it is found.
func (w *world) signed(key, ref string) []proof {
	return []proof{w.verify("cosign-v2", key, ref, "verify"), w.verify("cosign-v3", key, ref, "verify")}
}

// attested are the proofs of an attestation by both versions of cosign.
func (w *world) attested(key, ref string) []proof {
	words := []string{"verify-attestation", "--type", "custom"}
	return []proof{w.verify("cosign-v2", key, ref, words...), w.verify("cosign-v3", key, ref, words...)}
}

// shown are the proofs by oras and regctl that an artifact is attached to ref.
func (w *world) shown(ref, artifact string) []proof {
	return []proof{
		{
			tool: "oras", args: slices.Concat([]string{"discover", "--format", "json"}, w.plain()), ref: ref,
			shows: digestOf(artifact),
		},
		{
			tool: "regctl", args: slices.Concat(w.hosts(), []string{"artifact", "list", "--format", "{{json .}}"}), ref: ref,
			shows: digestOf(artifact),
		},
	}
}
