//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every test here signs with each version of cosign, promotes, and verifies signatures and attestations with each
// version.

func TestSinglePlatform(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.signAndAttest(signer, key, ref)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		w.trusted(key, ref, w.ref(prod, "team/app")+":1.0")
	})
}

func TestTwoPlatformsSignedRecursively(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key := w.key("key")
		ref, children := w.pushIndex(dev, "team/app", "1.0")
		w.sign(signer, key, ref, "--recursive")
		for _, attested := range append(children, ref) {
			w.attest(signer, key, attested)
		}
		w.promoted("--copy", "team/app:1.0", dev, prod)
		w.trusted(key, w.ref(prod, "team/app")+":1.0")
		for _, child := range children {
			w.trusted(key, w.moved(child, prod, "team/app"))
		}
	})
}

func TestSignedSBOM(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.signAndAttest(signer, key, ref)
		w.tool(signer.name, "attach", "sbom", "--sbom", w.file("sbom.json", `{"spdxVersion":"SPDX-2.3"}`), "--type", "spdx", ref)
		w.sign(signer, key, ref, "--attachment", "sbom")
		w.promoted("--copy", "team/app:1.0", dev, prod)
		target := w.ref(prod, "team/app") + ":1.0"
		w.trusted(key, target)
		w.accepted("verify", key, target, "--attachment", "sbom")
	})
}

func TestRenamedAndRetagged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options []string
		target  string
	}{
		"renamed":              {[]string{"--target-docker-image", "released/app"}, "released/app:1.0-rc1"},
		"retagged":             {[]string{"--target-tag=1.0"}, "team/app:1.0"},
		"renamed and retagged": {[]string{"--target-tag=1.0", "--target-docker-image", "released/app"}, "released/app:1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachCosign(t, func(w *world, signer cosign) {
				key := w.key("key")
				w.signAndAttest(signer, key, w.pushImage(dev, "team/app", "1.0-rc1"))
				w.promoted(append(c.options, "team/app", dev, prod, "--source-tag", "1.0-rc1", "--copy")...)
				w.trusted(key, w.ref(prod, c.target))
			})
		})
	}
}

func TestMoved(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key := w.key("key")
		ref, children := w.pushIndex(dev, "team/app", "1.0")
		w.sign(signer, key, ref, "--recursive")
		for _, attested := range append(children, ref) {
			w.attest(signer, key, attested)
		}
		w.promoted("team/app:1.0", dev, prod)
		w.trusted(key, w.ref(prod, "team/app")+":1.0", w.moved(children[0], prod, "team/app"))
		assert.Empty(w.t, filesOf(w, dev), "nothing of the image is left at the source")
	})
}

func TestTwoKeys(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		first, second, other := w.key("first"), w.key("second"), w.key("other")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.signAndAttest(signer, first, ref)
		w.signAndAttest(signer, second, ref)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		target := w.ref(prod, "team/app") + ":1.0"
		w.trusted(first, target)
		w.trusted(second, target)
		w.refused(cosignNoneMatches, "verify", other, target)
	})
}

// TestUnsignedTargetIsRefused is the negative control of all tests above: without the plugin cosign finds nothing at
// the target, and with it what it finds is really checked.
func TestUnsignedTargetIsRefused(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.signAndAttest(signer, key, ref)
		target := w.ref(prod, "team/app") + ":1.0"
		w.tool("crane", "copy", ref, target)
		w.refused(cosignNothingFound, "verify", key, target)
		w.promoted("--copy", "team/app:1.0", dev, prod)
		w.trusted(key, target)

		signature := w.ref(prod, "team/app") + ":" + strings.Replace(digestOf(ref), ":", "-", 1) + ".sig"
		w.replaceSignature(signature)
		w.refused(cosignNoneMatches, "verify", key, target)
	})
}

// replaceSignature pushes a .sig record again with a signature that is well formed and wrong.
func (w *world) replaceSignature(tag string) {
	w.t.Helper()
	manifest := w.tool("crane", "manifest", tag)
	const before = `"dev.cosignproject.cosign/signature":"`
	start := strings.Index(manifest, before)
	require.GreaterOrEqual(w.t, start, 0, manifest)
	start += len(before)
	end := start + strings.Index(manifest[start:], `"`)
	wrong := w.tool("cosign-v3", "sign-blob", "--key", w.key("wrong")+".key", "--new-bundle-format=false",
		"--use-signing-config=false",
		"--tlog-upload=false", w.file("other", "other content"))
	w.putManifest(tag, manifest[:start]+strings.TrimSpace(wrong)+manifest[end:])
}

// filesOf lists the files of a repository.
func filesOf(w *world, repo string) []string {
	var files []string
	for path := range w.server.Snapshot() {
		if strings.HasPrefix(path, repo+"/") {
			files = append(files, path)
		}
	}
	return files
}
