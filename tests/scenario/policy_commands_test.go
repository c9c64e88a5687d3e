package scenario

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
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
