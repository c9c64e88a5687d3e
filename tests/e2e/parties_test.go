//go:build e2e

package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twoParties returns one image under one digest in both repositories.
func (w *world) twoParties() (source, target string) {
	w.t.Helper()
	source = w.pushImage(dev, "team/app", "1.0")
	target = w.moved(source, prod, "team/app")
	w.tool("crane", "copy", source, w.ref(prod, "team/app")+":1.0")
	return source, target
}

// TestTwoPartiesByTags: the source's .sig and .att join those of another key, and the versions of cosign go on from
// there.
func TestTwoPartiesByTags(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		ours, theirs, stranger := w.key("ours"), w.key("theirs"), w.key("stranger")
		source, target := w.twoParties()
		w.signAndAttest(signer, ours, source)
		w.signAndAttest(cosigns()[0], theirs, target)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		w.trusted(ours, target)
		w.trusted(theirs, target)
		w.refused(cosignNoneMatches, "verify", stranger, target)
		w.idle("--copy", "team/app:1.0", dev, prod)

		keys := []string{ours, theirs}
		for i, later := range cosigns() {
			key := w.key("later-" + later.name)
			keys = append(keys, key)
			w.signAndAttest(later, key, target)
			for _, k := range keys {
				w.trusted(k, target)
			}
			assert.Len(w.t, w.layersOf(w.suffixTag(prod, source, "sig")), 3+i, "a layer for each signature")
		}
		w.idle("--copy", "team/app:1.0", dev, prod)
	})
}

// TestTwoPartiesEverywhere: another party signed the target in every layout, and so did the source's. Afterwards all of
// it verifies, and still does when each tool signs once more at the target.
func TestTwoPartiesEverywhere(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, _ mode) {
		source, target := w.twoParties()
		proofs := w.signedByAll("ours", source)
		w.holds(proofs...)
		proofs = append(w.at(prod, "team/app", proofs...), w.signedByAll("theirs", target)...)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		w.t.Logf("%d of %d proofs of two parties hold", w.holds(proofs...), len(proofs))
		w.idle("--copy", "team/app:1.0", dev, prod)

		later := w.signedByAll("later", target)
		w.t.Logf("%d of %d proofs of three parties hold", w.holds(append(proofs, later...)...), len(proofs)+len(later))
		stranger := w.key("stranger")
		w.fails(append(w.byBundle(stranger, target), w.besideBundles(stranger, target),
			w.byNotation(w.party("nobody"), target))...)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		w.holds(append(proofs, later...)...)
	})
}

// signedByAll lets a party sign by every tool, in every layout.
func (w *world) signedByAll(party, ref string) []proof {
	w.t.Helper()
	tagKeys := []string{w.key(party + "-v2"), w.key(party + "-v3")}
	bundleKey, attestKey := w.key(party+"-bundle"), w.key(party+"-attest")
	var proofs []proof
	for i, c := range cosigns() {
		w.signAndAttest(c, tagKeys[i], ref)
		proofs = append(proofs, w.besideBundles(tagKeys[i], ref), w.attestedBesideBundles(tagKeys[i], ref))
	}
	w.sign(w.bundler("cosign-v3"), bundleKey, ref)
	w.attest(w.bundler("cosign-v2"), attestKey, ref)
	w.notationSign(w.party(party), ref)
	w.notationSign(w.party(party+"-cose"), ref, "--signature-format", "cose", "--force-referrers-tag=false")
	report := w.orasAttach(ref, "a report by "+party)
	return slices.Concat(proofs, w.byBundle(bundleKey, ref), w.attested(attestKey, ref), w.shown(ref, report),
		[]proof{w.byNotation(party, ref), w.byNotation(party+"-cose", ref)})
}

// TestDamagedEntries: cosign 2.6 writes entries of the fallback tag under the wrong type. Clients that filter by type
// do not see them at the source, and see them at the target.
func TestDamagedEntries(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, m mode) {
		if m.api {
			return
		}
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(w.bundler("cosign-v2"), key, ref)
		bundle := w.ref(dev, "team/app") + "@" + w.referrers(ref)[0]
		byType := proof{
			name: "found by its type", tool: "oras", ref: ref, shows: digestOf(bundle),
			args: []string{
				"discover", "--plain-http", "--format", "json", "--artifact-type",
				"application/vnd.dev.sigstore.bundle.v0.3+json",
			},
		}
		w.fails(byType)
		stdout, stderr, code := w.jf("promote", "team/app:1.0", dev, prod, "--copy")
		require.Equal(w.t, exitNone, code, stdout+stderr)
		assert.Contains(w.t, stdout+stderr, "repaired")
		w.holds(w.at(prod, "team/app", append(w.byBundle(key, ref), byType)...)...)
		w.idle("--copy", "team/app:1.0", dev, prod)
	})
}
