//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOtherClientsReadTheTarget: what was promoted is an ordinary image for crane, regctl and oras.
func TestOtherClientsReadTheTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.key("key")
	ref, _ := w.pushIndex(dev, "team/app", "1.0")
	w.sign(cosigns()[1], key, ref)
	_, code := w.promote("--copy", "team/app:1.0", dev, prod)
	require.Equal(t, exitNone, code)
	target := w.ref(prod, "team/app") + ":1.0"
	digest := ref[strings.Index(ref, "@")+1:]
	assert.Equal(t, digest, strings.TrimSpace(w.tool("crane", "digest", target)))
	assert.Equal(t, digest, strings.TrimSpace(w.tool("regctl", "--host", "reg="+w.server.Host()+",tls=disabled", "manifest", "head", target)))
	assert.Contains(t, w.tool("oras", "manifest", "fetch", "--plain-http", "--descriptor", target), digest)
	w.tool("crane", "validate", "--remote", target)
	w.tool("crane", "pull", "--platform", "linux/arm64", target, filepath.Join(w.home, "image.tar"))
}

// TestOtherClientsWriteTheSource: images that crane, regctl and oras pushed are promoted alike.
func TestOtherClientsWriteTheSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.key("key")
	seed := w.pushImage(dev, "seed", "1.0")
	payload := filepath.Join(w.home, "payload.txt")
	require.NoError(t, os.WriteFile(payload, []byte("payload"), 0o600))
	w.tool("crane", "copy", seed, w.ref(dev, "by-crane")+":1.0")
	w.tool("regctl", "--host", "reg="+w.server.Host()+",tls=disabled", "image", "copy", seed, w.ref(dev, "by-regctl")+":1.0")
	w.tool("oras", "push", "--plain-http", w.ref(dev, "by-oras")+":1.0", "--disable-path-validation", payload+":text/plain")
	for _, image := range []string{"by-crane", "by-regctl", "by-oras"} {
		t.Run(image, func(t *testing.T) {
			source := w.ref(dev, image) + ":1.0"
			w.sign(cosigns()[0], key, source)
			_, code := w.promote("--copy", image+":1.0", dev, prod)
			require.Equal(t, exitNone, code)
			w.accepted("verify", key, w.ref(prod, image)+":1.0")
		})
	}
}
