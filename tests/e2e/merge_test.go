//go:build e2e

package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layersOf returns the annotations of the layers behind a tag: a layer of a .sig is one signature.
func (w *world) layersOf(tag string) []map[string]string {
	w.t.Helper()
	var m struct {
		Layers []struct{ Annotations map[string]string }
	}
	require.NoError(w.t, json.Unmarshal([]byte(w.tool("crane", "manifest", tag)), &m))
	layers := make([]map[string]string, 0, len(m.Layers))
	for _, layer := range m.Layers {
		layers = append(layers, layer.Annotations)
	}
	return layers
}

// TestMergedSignatures: keys A and B, the latter twice with an annotation of its own, at the source, C at the target.
func TestMergedSignatures(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		a, b, c, stranger := w.key("a"), w.key("b"), w.key("c"), w.key("stranger")
		source, target := w.twoParties()
		w.sign(signer, a, source)
		w.sign(signer, b, source)
		w.sign(signer, b, source, "-a", "env=prod")
		w.sign(signer, c, target)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		for _, key := range []string{a, b, c} {
			w.accepted("verify", key, target)
		}
		w.accepted("verify", b, target, "-a", "env=prod")
		w.refused(cosignNoneMatches, "verify", c, target, "-a", "env=prod")
		w.refused(cosignNoneMatches, "verify", stranger, target)
		assert.Len(w.t, w.layersOf(w.suffixTag(prod, source, "sig")), 4)
		w.idle("--copy", "team/app:1.0", dev, prod)

		w.sign(signer, stranger, target)
		for _, key := range []string{a, b, c, stranger} {
			w.accepted("verify", key, target)
		}
		assert.Len(w.t, w.layersOf(w.suffixTag(prod, source, "sig")), 5)
	})
}

// TestFastForward: where the source's record includes the target's it arrives byte by byte, so that a signature on it
// stays valid.
func TestFastForward(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		a, b := w.key("a"), w.key("b")
		source := w.pushImage(dev, "team/app", "1.0")
		w.sign(signer, a, source)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		w.sign(signer, b, source)
		record := w.ref(dev, "team/app") + "@" + w.digest(w.suffixTag(dev, source, "sig"))
		w.sign(signer, a, record)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		assert.Equal(w.t, digestOf(record), w.digest(w.suffixTag(prod, source, "sig")))
		w.accepted("verify", a, w.moved(source, prod, "team/app"))
		w.accepted("verify", b, w.moved(source, prod, "team/app"))
		w.accepted("verify", a, w.moved(record, prod, "team/app"))
	})
}

// TestOnConflict: each way out, with real signatures of two parties.
func TestOnConflict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		choice       string
		ours, theirs bool
	}{
		{"merge", true, true},
		{"keep", false, true},
		{"replace", true, false},
	} {
		t.Run(c.choice, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ours, theirs := w.key("ours"), w.key("theirs")
			source, target := w.twoParties()
			w.signAndAttest(cosigns()[0], ours, source)
			w.signAndAttest(cosigns()[1], theirs, target)
			w.promoted("--copy", "team/app:1.0", dev, prod, "--on-conflict", c.choice)
			w.judged(c.ours, ours, target)
			w.judged(c.theirs, theirs, target)
		})
	}
	t.Run("fail", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		source, target := w.twoParties()
		w.sign(cosigns()[0], w.key("ours"), source)
		w.sign(cosigns()[1], w.key("theirs"), target)
		w.notPromoted(exitRefused, ".sig", "--copy", "team/app:1.0", dev, prod, "--on-conflict=fail")
	})
}

// judged wants signature and attestation of a key to be accepted, or to be refused.
func (w *world) judged(accepted bool, key, ref string) {
	w.t.Helper()
	if accepted {
		w.trusted(key, ref)
		return
	}
	w.refused(cosignNoneMatches, "verify", key, ref)
	for _, c := range cosigns() {
		code, _ := w.verdict(c, "verify-attestation", key, ref, "--type", "custom")
		assert.NotEqual(w.t, exitNone, code)
	}
}

// TestOtherSBOM: two SBOMs for one image cannot be merged, and neither is lost unasked.
func TestOtherSBOM(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source, target := w.twoParties()
	w.sign(cosigns()[0], w.key("key"), source)
	ours := w.attachSBOM(source)
	w.tool("cosign-v3", "attach", "sbom", "--sbom", w.file("other.json", `{"spdxVersion":"SPDX-3.0"}`), "--type", "spdx", target)
	theirs := w.digest(w.suffixTag(prod, source, "sbom"))
	w.notPromoted(exitRefused, "cannot be merged", "--copy", "team/app:1.0", dev, prod)
	w.promoted("--copy", "team/app:1.0", dev, prod, "--on-conflict=keep")
	assert.Equal(t, theirs, w.digest(w.suffixTag(prod, source, "sbom")))
	w.promoted("--copy", "team/app:1.0", dev, prod, "--on-conflict=replace")
	assert.Equal(t, digestOf(ours), w.digest(w.suffixTag(prod, source, "sbom")))
	assert.Contains(t, w.tool("cosign-v2", "download", "sbom", target), "SPDX-2.3")
}
