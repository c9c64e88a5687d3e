//go:build e2e

package e2e

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// mode is one way in which registries deal with referrers.
type mode struct {
	name string
	// api is the referrers API; subjects tells that the answer to a push names the subject that it took note of, which
	// is what all clients but cosign go by.
	api, subjects bool
}

func modes() []mode {
	return []mode{
		{name: "referrers API", api: true, subjects: true},
		{name: "referrers API without OCI-Subject", api: true},
		{name: "fallback tag"},
	}
}

// eachMode runs a test in each mode.
func eachMode(t *testing.T, test func(w *world, m mode)) {
	t.Helper()
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.SetKnobs(func(k *artifactory.Knobs) {
				k.SubjectHeader = m.subjects
				if !m.api {
					k.ReferrersAPI = artifactory.ReferrersOff
				}
			})
			test(w, m)
		})
	}
}

// eachBundler does that with each version of cosign that writes bundles.
func eachBundler(t *testing.T, test func(w *world, m mode, signer cosign)) {
	t.Helper()
	for _, name := range []string{"cosign-v2", "cosign-v3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachMode(t, func(w *world, m mode) { test(w, m, w.bundler(name)) })
		})
	}
}

// bundler is cosign with the options for bundles without a network. Version 3 writes them by default.
func (w *world) bundler(name string) cosign {
	w.t.Helper()
	if name == "cosign-v2" {
		return cosign{name: name, sign: []string{"--new-bundle-format", "--tlog-upload=false"}}
	}
	config := filepath.Join(w.home, "signing.json")
	w.tool("cosign-v3", "signing-config", "create", "--no-default-fulcio", "--no-default-rekor", "--no-default-tsa",
		"--no-default-oidc", "--out", config)
	return cosign{name: name, sign: []string{"--signing-config", config, "--trusted-root", w.trustedRoot()}}
}

// trustedRoot is the file without which cosign 2 looks for the public one on the internet as soon as it sees a bundle.
func (w *world) trustedRoot() string {
	w.t.Helper()
	return w.file("root.json", `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)
}

// referrers returns what is attached to ref, by digest.
func (w *world) referrers(ref string) []string {
	w.t.Helper()
	var found struct{ Referrers []struct{ Digest string } }
	answer := w.tool("oras", "discover", "--plain-http", "--format", "json", "--depth", "1", ref)
	require.NoError(w.t, json.Unmarshal([]byte(answer), &found), answer)
	digests := make([]string, 0, len(found.Referrers))
	for _, r := range found.Referrers {
		digests = append(digests, r.Digest)
	}
	return digests
}

// adding runs a tool that attaches one manifest to ref, and gives that manifest's reference.
func (w *world) adding(ref string, attach func()) string {
	w.t.Helper()
	before := w.referrers(ref)
	attach()
	after := slices.DeleteFunc(w.referrers(ref), func(d string) bool { return slices.Contains(before, d) })
	require.Len(w.t, after, 1)
	return ref[:len(ref)-len(digestOf(ref))] + after[0]
}

// fallbackTags counts the fallback tags in a repository.
func (w *world) fallbackTags(repo string) int {
	count := 0
	for _, file := range filesOf(w, repo) {
		if name := filepath.Base(filepath.Dir(file)); len(name) == len("sha256-")+64 && filepath.Base(file) == "list.manifest.json" {
			count++
		}
	}
	return count
}

// TestCosignBundles: signature and attestation of an image in bundles.
func TestCosignBundles(t *testing.T) {
	t.Parallel()
	eachBundler(t, func(w *world, m mode, signer cosign) {
		key, other := w.key("key"), w.key("other")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.signAndAttest(signer, key, ref)
		w.carried(slices.Concat(w.byBundle(key, ref), w.attested(key, ref)), "--copy")
		w.fails(w.at(prod, "team/app", w.byBundle(other, ref)...)...)
		assert.Equal(w.t, !m.subjects, w.fallbackTags(prod) > 0, "a fallback tag exactly where clients look for one")
		w.idle("--copy", "team/app:1.0", dev, prod)
	})
}

// TestCosignBundlesRecursively: an index and both of its platforms.
func TestCosignBundlesRecursively(t *testing.T) {
	t.Parallel()
	eachBundler(t, func(w *world, _ mode, signer cosign) {
		key := w.key("key")
		ref, children := w.pushIndex(dev, "team/app", "1.0")
		w.sign(signer, key, ref, "--recursive")
		w.attest(signer, key, children[1])
		proofs := w.attested(key, children[1])
		for _, signed := range append(children, ref) {
			proofs = append(proofs, w.byBundle(key, signed)...)
		}
		w.carried(proofs, "--copy")
	})
}

// TestCosignBundlesOnBundles: a signature and an attestation of a signature, and of what a signature of a signature is
// signed by.
func TestCosignBundlesOnBundles(t *testing.T) {
	t.Parallel()
	eachBundler(t, func(w *world, _ mode, signer cosign) {
		key, second := w.key("key"), w.key("second")
		ref := w.pushImage(dev, "team/app", "1.0")
		bundle := w.adding(ref, func() { w.sign(signer, key, ref) })
		onBundle := w.adding(bundle, func() { w.sign(signer, second, bundle) })
		w.attest(signer, second, bundle)
		w.sign(signer, key, onBundle)
		w.carried(slices.Concat(w.byBundle(key, ref), w.byBundle(second, bundle), w.attested(second, bundle),
			w.byBundle(key, onBundle)), "--copy")
	})
}

// TestCosignBundleOfSBOM: the record behind .sbom, signed by a bundle.
func TestCosignBundleOfSBOM(t *testing.T) {
	t.Parallel()
	eachBundler(t, func(w *world, _ mode, signer cosign) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(signer, key, ref)
		sbom := w.attachSBOM(ref)
		w.sign(signer, key, sbom)
		w.carried(append(w.byBundle(key, ref), w.byBundle(key, sbom)...), "--copy")
		record := w.suffixTag(prod, ref, "sbom")
		assert.Equal(w.t, digestOf(sbom), w.digest(record), "the tag names what is signed")
	})
}

// TestBundleAtTheTargetHidesTag: another party's bundle is there already, and will hide the .sig that arrives. The
// plugin says so.
func TestBundleAtTheTargetHidesTag(t *testing.T) {
	t.Parallel()
	for _, bundler := range []string{"cosign-v2", "cosign-v3"} {
		t.Run(bundler, func(t *testing.T) {
			t.Parallel()
			eachMode(t, func(w *world, _ mode) {
				ours, theirs := w.key("ours"), w.key("theirs")
				source, target := w.twoParties()
				w.sign(cosigns()[0], ours, source)
				w.sign(w.bundler(bundler), theirs, target)
				for _, more := range []string{"--dry-run", "--format=json"} {
					stdout, stderr, code := w.jf("promote", "team/app:1.0", dev, prod, "--copy", more)
					require.Equal(w.t, exitNone, code, stdout+stderr)
					assert.Contains(w.t, stdout+stderr, "--new-bundle-format=false", more)
				}
				w.holds(append(w.byBundle(theirs, target), w.besideBundles(ours, target))...)
				w.fails(w.byTag(ours, target)...)
			})
		})
	}
}

// TestBundleHidesTag: a .sig and a bundle of another key. The verdicts at the target are those at the source, in both
// directions, and the plugin says what cosign will not look at.
func TestBundleHidesTag(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, _ mode) {
		tagKey, bundleKey := w.key("tag"), w.key("bundle")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(cosigns()[0], tagKey, ref)
		w.attest(cosigns()[1], tagKey, ref)
		w.holds(w.byTag(tagKey, ref)...)
		w.sign(w.bundler("cosign-v3"), bundleKey, ref)
		w.fails(w.byTag(tagKey, ref)...)

		stdout, stderr, _ := w.jf("promote", "team/app:1.0", dev, prod, "--copy", "--dry-run")
		assert.Contains(w.t, stdout+stderr, "--new-bundle-format=false")
		proofs := append(w.byBundle(bundleKey, ref), w.besideBundles(tagKey, ref), w.attestedBesideBundles(tagKey, ref))
		w.carried(proofs, "--copy")
		w.fails(w.at(prod, "team/app", w.byTag(tagKey, ref)...)...)
	})
}
