package scenario

import (
	"fmt"
	"slices"
)

// trustPolicy trusts one party, whatever the repository.
const trustPolicy = `{"version":"1.0","trustPolicies":[{"name":"all","registryScopes":["*"],"trustStores":["ca:%s"],"trustedIdentities":["*"],
	"signatureVerification":{"level":"strict","override":{"revocation":"skip"}}}]}`

func notation(w *world) {
	w.tool("notation", "cert", "generate-test", "alice")
	w.tool("notation", "cert", "generate-test", "bob")
	ref, children := w.pushIndex("1.0")
	if w.err != nil {
		return
	}
	w.notationSign(ref)
	w.notationSign(children[0])
	proofs := []proof{w.byNotation(ref), w.byNotation(children[0])}
	w.trust("alice")
	w.hold(proofs)
	w.promote("1.0", "--copy")
	w.arrived(proofs)
	w.refuse([]proof{w.byNotation(children[1])})
	w.trust("bob")
	w.refuse(proofs)
}

// trust lets notation accept signatures of one party alone.
func (w *world) trust(party string) {
	w.tool("notation", "policy", "import", "--force", w.file("policy-"+party+".json", fmt.Sprintf(trustPolicy, party)))
}

func (w *world) insecureRegistry() []string {
	if w.Client.Insecure() {
		return []string{"--insecure-registry"}
	}
	return nil
}

func (w *world) notationSign(ref string) {
	w.tool("notation", slices.Concat([]string{"sign"}, w.insecureRegistry(), []string{"--key", "alice", ref})...)
}

func (w *world) byNotation(ref string) proof {
	return proof{tool: "notation", args: slices.Concat([]string{"verify"}, w.insecureRegistry()), ref: ref}
}
