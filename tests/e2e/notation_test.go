//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// trustPolicy trusts one party, whatever the repository.
const trustPolicy = `{"version":"1.0","trustPolicies":[{"name":"all","registryScopes":["*"],"trustStores":["ca:%s"],"trustedIdentities":["*"],
	"signatureVerification":{"level":"strict","override":{"revocation":"skip"}}}]}`

// party makes a test certificate for notation.
func (w *world) party(name string) string {
	w.t.Helper()
	w.tool("notation", "cert", "generate-test", name)
	return name
}

func (w *world) notationSign(party, ref string, more ...string) {
	w.t.Helper()
	w.tool("notation", append(append([]string{"sign", "--insecure-registry", "--key", party}, more...), ref)...)
}

// byNotation is the proof that notation accepts a signature of the party, and of nobody else.
func (w *world) byNotation(party, ref string) proof {
	policy := func() {
		w.tool("notation", "policy", "import", "--force", w.file("policy-"+party+".json", fmt.Sprintf(trustPolicy, party)))
	}
	return proof{
		name: "a signature by " + party, tool: "notation", args: []string{"verify", "--insecure-registry"},
		ref: ref, before: policy,
	}
}

// TestNotation: an index and a platform of it, in both envelopes, in both ways to store them.
func TestNotation(t *testing.T) {
	t.Parallel()
	for _, envelope := range []string{"jws", "cose"} {
		for _, force := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, force-referrers-tag=%t", envelope, force), func(t *testing.T) {
				t.Parallel()
				eachMode(t, func(w *world, m mode) {
					alice, bob := w.party("alice"), w.party("bob")
					ref, children := w.pushIndex(dev, "team/app", "1.0")
					for _, signed := range []string{ref, children[0]} {
						w.fails(w.byNotation(alice, signed))
						w.notationSign(alice, signed, "--signature-format", envelope, fmt.Sprintf("--force-referrers-tag=%t", force))
					}
					w.carried([]proof{w.byNotation(alice, ref), w.byNotation(alice, children[0])}, "--copy")
					w.fails(w.at(prod, "team/app", w.byNotation(bob, ref), w.byNotation(alice, children[1]))...)
					assert.Equal(w.t, !m.subjects || force, w.fallbackTags(prod) > 0,
						"a fallback tag exactly where the source has one")
					assert.Equal(w.t, w.fallbackTags(dev), w.fallbackTags(prod))
					w.idle("--copy", "team/app:1.0", dev, prod)
				})
			})
		}
	}
}

// TestNotationLists: signatures of which the referrers API and the fallback tag each list others arrive all.
func TestNotationLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.party("alice"), w.party("bob"), w.party("carol")
	ref := w.pushImage(dev, "team/app", "1.0")
	w.notationSign(alice, ref)
	w.notationSign(bob, ref, "--force-referrers-tag=false")
	w.notationSign(carol, ref)
	w.carried([]proof{w.byNotation(alice, ref), w.byNotation(bob, ref), w.byNotation(carol, ref)}, "--copy")
}
