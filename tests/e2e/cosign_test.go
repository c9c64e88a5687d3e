//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cosign is one major version of cosign, and the options with which it writes and reads its tag layout without a network.
type cosign struct {
	name string
	sign []string
}

func cosigns() []cosign {
	return []cosign{
		{name: "cosign-v2", sign: []string{"--tlog-upload=false"}},
		{name: "cosign-v3", sign: []string{"--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"}},
	}
}

// key makes a key pair in the home and gives the common part of both file names.
func (w *world) key(name string) string {
	w.t.Helper()
	w.tool("cosign-v3", "generate-key-pair", "--output-key-prefix", name)
	return filepath.Join(w.home, name)
}

func (w *world) sign(c cosign, key, ref string, more ...string) {
	w.t.Helper()
	args := append([]string{"sign", "--key", key + ".key"}, c.sign...)
	w.tool(c.name, append(append(args, more...), ref)...)
}

func (w *world) attest(c cosign, key, ref string) {
	w.t.Helper()
	predicate := filepath.Join(w.home, "predicate.json")
	require.NoError(w.t, os.WriteFile(predicate, []byte(`{"builder":"ci"}`), 0o600))
	args := append([]string{"attest", "--key", key + ".key", "--predicate", predicate, "--type", "custom"}, c.sign...)
	w.tool(c.name, append(args, ref)...)
}

// verifies tells whether cosign accepts ref.
func (w *world) verifies(c cosign, command, key, ref string, more ...string) bool {
	w.t.Helper()
	args := append([]string{command, "--key", key + ".pub", "--insecure-ignore-tlog"}, more...)
	_, stderr, code := w.run(toolPath(w.t, c.name), append(args, ref)...)
	if code != exitNone {
		w.t.Logf("%s %s %s: %d %s", c.name, command, ref, code, stderr)
	}
	return code == exitNone
}

// eachCosign runs a test for every combination of the signing and the verifying version.
func eachCosign(t *testing.T, test func(t *testing.T, w *world, signer cosign)) {
	t.Helper()
	for _, signer := range cosigns() {
		t.Run(signer.name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t), signer)
		})
	}
}

// accepted wants every version of cosign to accept ref.
func (w *world) accepted(command, key, ref string, more ...string) {
	w.t.Helper()
	for _, c := range cosigns() {
		assert.True(w.t, w.verifies(c, command, key, ref, more...), "%s %s %s", c.name, command, ref)
	}
}

func TestSinglePlatform(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(t *testing.T, w *world, signer cosign) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(signer, key, ref)
		w.attest(signer, key, ref)
		_, code := w.promote("--copy", "team/app:1.0", dev, prod)
		require.Equal(t, exitNone, code)
		w.accepted("verify", key, w.ref(prod, "team/app")+":1.0")
		w.accepted("verify-attestation", key, w.ref(prod, "team/app")+":1.0", "--type", "custom")
		w.accepted("verify", key, ref)
	})
}

func TestTwoPlatformsSignedRecursively(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(t *testing.T, w *world, signer cosign) {
		key := w.key("key")
		ref, children := w.pushIndex(dev, "team/app", "1.0")
		w.sign(signer, key, ref, "--recursive")
		_, code := w.promote("--copy", "team/app:1.0", dev, prod)
		require.Equal(t, exitNone, code)
		w.accepted("verify", key, w.ref(prod, "team/app")+":1.0")
		for _, child := range children {
			w.accepted("verify", key, w.moved(child, prod, "team/app"))
		}
	})
}

func TestSignedSBOM(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(t *testing.T, w *world, signer cosign) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		sbom := filepath.Join(w.home, "sbom.json")
		require.NoError(t, os.WriteFile(sbom, []byte(`{"spdxVersion":"SPDX-2.3"}`), 0o600))
		w.sign(signer, key, ref)
		w.tool(signer.name, "attach", "sbom", "--sbom", sbom, "--type", "spdx", ref)
		w.sign(signer, key, ref, "--attachment", "sbom")
		_, code := w.promote("--copy", "team/app:1.0", dev, prod)
		require.Equal(t, exitNone, code)
		w.accepted("verify", key, w.ref(prod, "team/app")+":1.0", "--attachment", "sbom")
	})
}

func TestRenamedAndRetagged(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(t *testing.T, w *world, signer cosign) {
		key := w.key("key")
		w.sign(signer, key, w.pushImage(dev, "team/app", "1.0-rc1"))
		_, code := w.promote("team/app", dev, prod, "--source-tag", "1.0-rc1", "--target-tag=1.0", "--target-docker-image", "released/app", "--copy")
		require.Equal(t, exitNone, code)
		w.accepted("verify", key, w.ref(prod, "released/app")+":1.0")
	})
}

func TestMoved(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(t *testing.T, w *world, signer cosign) {
		key := w.key("key")
		ref, _ := w.pushIndex(dev, "team/app", "1.0")
		w.sign(signer, key, ref, "--recursive")
		_, code := w.promote("team/app:1.0", dev, prod)
		require.Equal(t, exitNone, code)
		w.accepted("verify", key, w.ref(prod, "team/app")+":1.0")
		for path := range w.server.Snapshot() {
			assert.NotContains(t, path, dev, "nothing of the image is left at the source")
		}
	})
}

func TestTwoKeys(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(t *testing.T, w *world, signer cosign) {
		first, second, other := w.key("first"), w.key("second"), w.key("other")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(signer, first, ref)
		w.sign(signer, second, ref)
		_, code := w.promote("--copy", "team/app:1.0", dev, prod)
		require.Equal(t, exitNone, code)
		target := w.ref(prod, "team/app") + ":1.0"
		w.accepted("verify", first, target)
		w.accepted("verify", second, target)
		assert.False(t, w.verifies(signer, "verify", other, target), "a key that did not sign is not accepted")
	})
}
