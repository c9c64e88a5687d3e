//go:build e2e

package e2e

import (
	"slices"
	"testing"
)

// TestRareLayouts: what cosign writes with its less common options. Each verifies at the source and at the target, with
// the option that belongs to it.
func TestRareLayouts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		sign, verify []string
		env          []string
		promote      []string
	}{
		{
			name: "tag prefix", sign: []string{"--attachment-tag-prefix=ours-"}, verify: []string{"--attachment-tag-prefix=ours-"},
			promote: []string{"--attachment-tag-prefix=ours-"},
		},
		{name: "docker media types", env: []string{"COSIGN_DOCKER_MEDIA_TYPES=1"}},
		{
			name: "OCI 1.1 referrer", sign: []string{"--registry-referrers-mode=oci-1-1"}, verify: []string{"--experimental-oci11"},
			env: []string{"COSIGN_EXPERIMENTAL=1"},
		},
		{name: "annotations", sign: []string{"-a", "env=prod"}, verify: []string{"-a", "env=prod"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			eachMode(t, func(w *world, _ mode) {
				key, other := w.key("key"), w.key("other")
				ref, children := w.pushIndex(dev, "team/app", "1.0")
				w.env = c.env
				w.sign(cosigns()[0], key, ref, append(slices.Clone(c.sign), "--recursive")...)
				var proofs []proof
				for _, signed := range append(children, ref) {
					proofs = append(proofs, w.cosignProofs(c.name, append([]string{"verify"}, c.verify...), key, signed)...)
				}
				w.carried(proofs, append(slices.Clone(c.promote), "--copy")...)
				w.fails(w.at(prod, "team/app", w.cosignProofs(c.name, append([]string{"verify"}, c.verify...), other, ref)...)...)
				w.idle(append(slices.Clone(c.promote), "--copy", "team/app:1.0", dev, prod)...)
			})
		})
	}
}

// TestSignedSignature: a signature of a .sig is attached to the digest that the .sig had then.
func TestSignedSignature(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key, second := w.key("key"), w.key("second")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(signer, key, ref)
		record := w.ref(dev, "team/app") + "@" + w.digest(w.suffixTag(dev, ref, "sig"))
		w.sign(signer, second, record)
		w.carried(append(w.byTag(key, ref), w.byTag(second, record)...))
	})
}
