//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rich attaches what was measured with all tools that copy images, and gives one proof for each: .sig, .att and .sbom,
// a .sig of the .att and one of the .sbom, a bundle, an SBOM as referrer, and a bundle on that.
func (w *world) rich(key, ref string) []proof {
	w.t.Helper()
	tags, bundles := cosigns()[0], w.bundler("cosign-v3")
	w.signAndAttest(tags, key, ref)
	sbom := w.attachSBOM(ref)
	att := ref[:strings.Index(ref, "@")+1] + w.digest(w.suffixTag(dev, ref, "att"))
	w.sign(tags, key, att)
	w.sign(tags, key, sbom)
	w.sign(bundles, key, ref)
	referrer := w.orasAttach(ref, `{"spdxVersion":"SPDX-2.3"}`)
	w.sign(bundles, key, referrer)
	return []proof{
		w.besideBundles(key, ref),
		w.attestedBesideBundles(key, ref),
		{name: "the .sbom", tool: "cosign-v2", args: []string{"download", "sbom"}, ref: ref, shows: "SPDX-2.3"},
		w.byTag(key, att)[0],
		w.byTag(key, sbom)[1],
		w.byBundle(key, ref)[1],
		w.shown(ref, referrer)[0],
		w.byBundle(key, referrer)[1],
	}
}

// TestRich: 8 of 8 arrive. `cosign copy` and `oras cp -r` bring 3 and call that a success.
func TestRich(t *testing.T) {
	t.Parallel()
	for _, move := range []bool{false, true} {
		t.Run(fmt.Sprintf("move=%t", move), func(t *testing.T) {
			t.Parallel()
			eachMode(t, func(w *world, _ mode) {
				ref := w.pushImage(dev, "team/app", "1.0")
				proofs := w.rich(w.key("key"), ref)
				assert.Equal(w.t, len(proofs), w.holds(proofs...), "at the source")
				options := []string{"team/app:1.0", dev, prod}
				if !move {
					options = append(options, "--copy")
				}
				w.promoted(options...)
				requests := w.server.Stats().Requests
				got := w.holds(w.at(prod, "team/app", proofs...)...)
				assert.Equal(w.t, 8, got)
				w.t.Logf("rich: %d of %d at the target, in %d requests", got, len(proofs), requests)
				w.shownByStatus(len(proofs), prod+"/team/app:1.0")
				if move {
					assert.Empty(w.t, filesOf(w, dev), "nothing of the image is left at the source")
				}
			})
		})
	}
}

// shownByStatus wants the plugin's own view to hold that many attachments, counted once each.
func (w *world) shownByStatus(want int, image string) {
	w.t.Helper()
	stdout, stderr, code := w.jf("status", image, "--format=json")
	require.Equal(w.t, exitNone, code, stdout+stderr)
	var shown struct {
		Images []struct {
			Attachments []struct{ Digest string }
		}
	}
	require.NoError(w.t, json.Unmarshal([]byte(stdout), &shown), stdout)
	require.Len(w.t, shown.Images, 1, stdout)
	assert.Len(w.t, shown.Images[0].Attachments, want, stdout)
}

// TestMovedWithReferrers: after a move of an image with bundles, notation signatures and artifacts on the index and on
// its platforms nothing is left, and everything verifies.
func TestMovedWithReferrers(t *testing.T) {
	t.Parallel()
	eachBundler(t, func(w *world, _ mode, signer cosign) {
		key, alice := w.key("key"), w.party("alice")
		ref, children := w.pushIndex(dev, "team/app", "1.0")
		w.sign(signer, key, ref, "--recursive")
		bundle := w.adding(children[0], func() { w.attest(signer, key, children[0]) })
		w.sign(signer, key, bundle)
		w.notationSign(alice, children[1])
		report := w.orasAttach(ref, "no findings")
		proofs := append(w.shown(ref, report), w.byNotation(alice, children[1]))
		for _, signed := range append(children, ref, bundle) {
			proofs = append(proofs, w.byBundle(key, signed)...)
		}
		w.carried(proofs)
		assert.Empty(w.t, filesOf(w, dev), "nothing of the image is left at the source")
	})
}

// TestMovedFromSharedChildren: what another tag's index shares stays at the source with all that is attached to it, and
// still verifies.
func TestMovedFromSharedChildren(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, _ mode) {
		key := w.key("key")
		ref, children := w.pushIndex(dev, "team/app", "1.0")
		w.sign(w.bundler("cosign-v3"), key, ref, "--recursive")
		w.regctl("index", "create", "--digest", digestOf(children[0]), w.ref(dev, "team/app")+":other")
		shared := w.byBundle(key, children[0])
		w.carried(append(w.byBundle(key, ref), shared...))
		w.holds(shared...)
		w.fails(w.byBundle(key, children[1])...)
	})
}
