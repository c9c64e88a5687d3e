package scenario

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
)

// Every command that promotes asks the policy: without the signature nothing is written, with it everything arrives.
func TestEveryCommandAsksThePolicy(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]func(w *world, policy ...string) outcome{
		"copy": func(w *world, policy ...string) outcome {
			return w.run(append([]string{"copy", dev + "/team/*:1.*", prod, "--format", "json"}, policy...)...)
		},
		"move": func(w *world, policy ...string) outcome {
			return w.run(append([]string{"move", dev + "/" + app + ":1.0", prod, "--format", "json"}, policy...)...)
		},
		"build-promote": func(w *world, policy ...string) outcome {
			return w.buildPromote(append(policy, buildName, buildNumber, prod, "--copy", "--source-repo", dev)...)
		},
		"apply": func(w *world, policy ...string) outcome {
			return w.apply(filepath.Join(w.home, "plan.json"), policy...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice, bob := w.holder("alice"), w.holder("bob")
			root := w.dev.Single("1.0", "v1")
			w.signs(w.dev, root, alice)
			w.publish("", w.built(w.dev, "1.0"))
			before := look(w.server)
			w.plan("promote", ref(app, "1.0"), dev, prod, "--copy")

			o := command(w, asking(alice, bob)...).ends(exitRefused).changesNothing()
			assert.Contains(t, o.stderr, "not by bob.pub")
			o = command(w, asking(alice)...).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			verification := o.image().Verification
			require.NotNil(t, verification)
			assert.True(t, verification.Source.Satisfied && verification.Target.Satisfied)
		})
	}
}

// A policy that asks for attestations alone takes the place of the signature for every command, and only if it asks for
// something.
func TestAttestationsAreEnoughForAPolicyThatSaysSo(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{
		"promote":       {"promote", ref(app, "1.0"), dev, prod},
		"copy":          {"copy", dev + "/team/*:1.*", prod},
		"move":          {"move", dev + "/" + app + ":1.0", prod},
		"build-promote": {"build-promote", buildName, buildNumber, prod, "--copy", "--source-repo", dev},
		"apply":         {"apply", "plan.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice := w.holder("alice")
			root := w.dev.Single("1.0", "v1")
			w.dev.Record(root, "att", alice.Attestation(t, signed.Statement(root, signed.CustomPredicate, `{"Data":"ok","Timestamp":"2026-01-01T00:00:00Z"}`)))
			w.publish("", w.built(w.dev, "1.0"))
			rules := []string{"--policy", "policy.yaml", "--format", "json"}
			const text = "version: 1\nsigners:\n  alice: {key: alice.pub}\npolicies:\n  - name: attested\n    repositories: [" + prod +
				"]\n    attestations:\n      - {type: custom, by: [alice]}\n    trust: {ignoreTlog: true}\n"
			require.NoError(t, os.WriteFile(filepath.Join(w.home, "policy.yaml"), []byte(text), 0o600))
			before := look(w.server)
			w.plan(append([]string{"promote", ref(app, "1.0"), dev, prod, "--copy"}, rules...)...)
			o := w.run(append(command, rules...)...).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			assert.NotContains(t, o.stderr, "is not signed")
			if name == "move" {
				w.run(append(command, rules...)...).ends(exitDone)
			}
			w.run(append([]string{"audit", prod}, rules...)...).ends(exitDone)
			w.run("audit", prod, "--format", "json").ends(exitFindings)
		})
	}
}

// The target of a build is looked at, too, before the server gives the images their tags.
func TestABuildIsVerifiedAtItsTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	w.signs(w.prod, root, bob)
	w.publish("", w.built(w.dev, "1.0"))
	args := append(asking(alice), buildName, buildNumber, prod, "--source-repo", dev)
	o := w.buildPromote(append(args, "--on-conflict", "keep")...).ends(exitFailed)
	assert.Contains(t, o.stderr, "does not satisfy the policy as it stands")
	assert.NotContains(t, look(w.server)[w.prod.String()], "1.0")
	assert.Contains(t, look(w.server)[w.dev.String()], fixture.SuffixTag("", root, "sig"))
	w.buildPromote(args...).ends(exitDone)
	assert.Equal(t, root, look(w.server)[w.prod.String()]["1.0"])
}
