//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/report"
)

// cell is an image that was signed and attested in some layouts.
type cell struct {
	name string
	put  func(w *world, keys map[string]string, ref string)
}

func (c cell) hasBundles() bool {
	return strings.Contains(c.name, "bundle") || strings.Contains(c.name, "attestation")
}

// cells are the layouts, alone and together; alice and bob sign, carol never does.
func cells() []cell {
	v2, v3 := cosigns()[0], cosigns()[1]
	return []cell{
		{"unsigned", func(*world, map[string]string, string) {}},
		{".sig by cosign 2", func(w *world, k map[string]string, ref string) { w.sign(v2, k["alice"], ref) }},
		{".sig by cosign 3", func(w *world, k map[string]string, ref string) { w.sign(v3, k["alice"], ref) }},
		{".sig by two", func(w *world, k map[string]string, ref string) {
			w.sign(v3, k["alice"], ref)
			w.sign(v2, k["bob"], ref)
		}},
		{".att", func(w *world, k map[string]string, ref string) { w.attest(v3, k["alice"], ref) }},
		{".sig and .att", func(w *world, k map[string]string, ref string) {
			w.sign(v2, k["alice"], ref)
			w.attest(v2, k["bob"], ref)
		}},
		{"bundle by cosign 2", func(w *world, k map[string]string, ref string) {
			w.sign(w.bundler("cosign-v2"), k["alice"],
				ref)
		}},
		{"bundle by cosign 3", func(w *world, k map[string]string, ref string) {
			w.sign(w.bundler("cosign-v3"), k["alice"],
				ref)
		}},
		{"two bundles", func(w *world, k map[string]string, ref string) {
			w.sign(w.bundler("cosign-v3"), k["alice"], ref)
			w.sign(w.bundler("cosign-v3"), k["bob"], ref)
		}},
		{"attestation bundle", func(w *world, k map[string]string, ref string) {
			w.attest(w.bundler("cosign-v3"), k["alice"],
				ref)
		}},
		{".sig hidden by a bundle", func(w *world, k map[string]string, ref string) {
			w.sign(v3, k["alice"], ref)
			w.sign(w.bundler("cosign-v3"), k["bob"], ref)
		}},
		{".sig hidden by an attestation", func(w *world, k map[string]string, ref string) {
			w.sign(v3, k["alice"], ref)
			w.attest(w.bundler("cosign-v3"), k["bob"], ref)
		}},
		{".att hidden by a bundle", func(w *world, k map[string]string, ref string) {
			w.attest(v2, k["alice"], ref)
			w.sign(w.bundler("cosign-v3"), k["bob"], ref)
		}},
	}
}

// TestAgreement: for every cell and every key, the plugin's verdict is that of cosign, asked for each layout by itself;
// and the outlook for cosign is what cosign says.
func TestAgreement(t *testing.T) {
	t.Parallel()
	for _, api := range []bool{true, false} {
		for _, c := range cells() {
			if !api && !c.hasBundles() {
				continue // A tag is a tag, whatever the registry knows of referrers.
			}
			t.Run(fmt.Sprintf("%s, referrers API %t", c.name, api), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.server.SetKnobs(func(k *artifactory.Knobs) {
					if !api {
						k.ReferrersAPI = artifactory.ReferrersOff
					}
				})
				keys := map[string]string{}
				for _, name := range []string{"alice", "bob", "carol"} {
					keys[name] = w.key(name)
				}
				ref := w.pushImage(dev, "team/app", "1.0")
				c.put(w, keys, ref)
				for name, key := range keys {
					w.agrees(c, name, key, ref)
					w.agreesOnAttestations(name, key, ref)
				}
			})
		}
	}
}

// judgement is what the plugin says of the image team/app:1.0.
func (w *world) judgement(args ...string) report.VerifyImage {
	w.t.Helper()
	stdout, stderr, _ := w.jf("verify", append([]string{dev + "/team/app:1.0", "--format", "json", "--outlook"},
		args...)...)
	var r report.VerifyResult
	require.NoError(w.t, json.Unmarshal([]byte(stdout), &r), stdout+stderr)
	require.Len(w.t, r.Images, 1)
	return r.Images[0]
}

// saysYes reports whether cosign accepts an image, with a key whose signatures are in no log.
func (w *world) saysYes(tool, command, key, ref string, more ...string) bool {
	w.t.Helper()
	args := append([]string{command, "--key", key + ".pub", "--insecure-ignore-tlog"}, more...)
	_, _, code := w.run(toolPath(w.t, tool), append(args, ref)...)
	return code == exitNone
}

// signPredicate is the predicate type of a signature in a bundle. `cosign verify` does not look at it, `cosign
// verify-attestation` does.
const signPredicate = "https://sigstore.dev/cosign/sign/v1"

func (w *world) agrees(c cell, name, key, ref string) {
	w.t.Helper()
	legacy := w.saysYes("cosign-v3", "verify", key, ref, "--new-bundle-format=false")
	bundle := w.saysYes("cosign-v3", "verify-attestation", key, ref, "--type", signPredicate)
	ours := w.judgement("--key", key+".pub", "--insecure-ignore-tlog")
	assert.Equal(w.t, legacy || bundle, ours.State == report.StateVerified,
		"%s: cosign says %t of the .sig and %t of bundles", name, legacy, bundle)
	w.foreseen(ours, "3.1.3", w.saysYes("cosign-v3", "verify", key, ref))
	w.foreseen(ours, "2.6.5", w.saysYes("cosign-v2", "verify", key, ref))
	if !c.hasBundles() {
		return
	}
	withRoot := w.judgement("--key", key+".pub", "--insecure-ignore-tlog", "--trusted-root", w.trustedRoot())
	assert.Equal(w.t, ours.State, withRoot.State)
	w.foreseen(withRoot, "2.6.5", w.saysYes("cosign-v2", "verify", key, ref, "--trusted-root", w.trustedRoot()))
}

func (w *world) agreesOnAttestations(name, key, ref string) {
	w.t.Helper()
	legacy := w.saysYes("cosign-v3", "verify-attestation", key, ref, "--type", "custom", "--new-bundle-format=false")
	either := w.saysYes("cosign-v3", "verify-attestation", key, ref, "--type", "custom")
	policy := w.file("policy-"+name+".yaml", fmt.Sprintf(
		"version: 1\nsigners:\n  somebody: {key: %q}\npolicies:\n- {name: p, attestations: [{type: custom, by: [somebody]}], trust: {ignoreTlog: true}}\n", key+".pub"))
	ours := w.judgement("--policy", policy)
	assert.Equal(w.t, legacy || either, ours.State == report.StateVerified,
		"%s: cosign says %t of the .att and %t by default", name, legacy, either)
	w.foreseen(ours, "3.1.3", either)
}

// foreseen wants the outlook for a version of cosign to be what it said. Where the outlook says that it depends, this
// cosign has neither a trusted root nor the internet, and refuses.
func (w *world) foreseen(i report.VerifyImage, version string, accepted bool) {
	w.t.Helper()
	for _, f := range i.Outlook {
		if f.Verifier == "cosign" && f.Version == version {
			assert.Equal(w.t, accepted, f.Verdict == "accepts", "cosign %s: %+v", version, f)
			return
		}
	}
	assert.Fail(w.t, "no outlook for cosign "+version)
}

// TestNotationAgreement: the same for notation, whose trust policy names the image by its host, repository and path.
func TestNotationAgreement(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, _ mode) {
		alice, bob, carol := w.party("alice"), w.party("bob"), w.party("carol")
		ref := w.pushImage(dev, "team/app", "1.0")
		config := filepath.Join(w.home, "config", "notation")
		for step, sign := range []func(){
			func() {},
			func() { w.notationSign(alice, ref) },
			func() { w.notationSign(bob, ref, "--signature-format", "cose", "--force-referrers-tag=false") },
		} {
			for _, party := range []string{alice, bob, carol} {
				if party == alice {
					sign()
				}
				for _, scope := range []string{"*", w.ref(dev, "team/app"), w.ref(dev, "team/other")} {
					policy := strings.Replace(fmt.Sprintf(trustPolicy, party), `"*"]`, fmt.Sprintf("%q]", scope), 1)
					w.tool("notation", "policy", "import", "--force", w.file("policy.json", policy))
					_, stderr, code := w.run(toolPath(w.t, "notation"), "verify", "--insecure-registry", ref)
					ours := w.judgement("--notation-config", config)
					assert.Equal(w.t, code == exitNone, ours.State == report.StateVerified, "step %d, %s, scope %s: %s", step, party,
						scope, stderr)
					for _, f := range ours.Outlook {
						if f.Verifier == "notation" {
							assert.Equal(w.t, code == exitNone, f.Verdict == "accepts", "%+v", f)
						}
					}
				}
			}
		}
	})
}

// TestPolicyGate: an image without the signature that is asked for stays where it is, and with it arrives.
func TestPolicyGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.key("alice"), w.key("bob")
	ref := w.pushImage(dev, "team/app", "1.0")
	w.sign(cosigns()[1], alice, ref)
	asked := []string{"team/app:1.0", dev, prod, "--insecure-ignore-tlog", "--key"}
	w.notPromoted(exitRefused, "does not satisfy the policy", append(asked, alice+".pub;"+bob+".pub")...)
	w.sign(w.bundler("cosign-v3"), bob, ref)
	w.promoted(append(asked, alice+".pub;"+bob+".pub")...)
	w.holds(w.at(prod, "team/app", append(w.byBundle(bob, ref), w.besideBundles(alice, ref))...)...)
}
