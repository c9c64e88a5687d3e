//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// regctl runs regctl without TLS.
func (w *world) regctl(args ...string) string {
	w.t.Helper()
	return w.tool("regctl", append([]string{"--host", w.regctlHost()}, args...)...)
}

func (w *world) regctlHost() string { return "reg=" + w.server.Host() + ",tls=disabled" }

// TestOtherClientsReadTheTarget: what was promoted is an ordinary image for crane, regctl and oras.
func TestOtherClientsReadTheTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.key("key")
	ref, _ := w.pushIndex(dev, "team/app", "1.0")
	w.sign(cosigns()[1], key, ref)
	w.promoted("--copy", "team/app:1.0", dev, prod)
	target, digest := w.ref(prod, "team/app")+":1.0", digestOf(ref)
	assert.Equal(t, digest, strings.TrimSpace(w.tool("crane", "digest", target)))
	assert.Equal(t, digest, strings.TrimSpace(w.regctl("manifest", "head", target)))
	assert.Contains(t, w.tool("oras", "manifest", "fetch", "--plain-http", "--descriptor", target), digest)
	w.tool("crane", "validate", "--remote", target)
	w.tool("crane", "pull", "--platform", "linux/arm64", target, "image.tar")
}

// TestOtherClientsWriteTheSource: images that crane, regctl and oras pushed are promoted alike.
func TestOtherClientsWriteTheSource(t *testing.T) {
	t.Parallel()
	outer := newWorld(t)
	key := outer.key("key")
	seed := outer.pushImage(dev, "seed", "1.0")
	outer.file("payload.txt", "payload")
	outer.tool("crane", "copy", seed, outer.ref(dev, "by-crane")+":1.0")
	outer.regctl("image", "copy", seed, outer.ref(dev, "by-regctl")+":1.0")
	outer.tool("oras", "push", "--plain-http", outer.ref(dev, "by-oras")+":1.0", "payload.txt:text/plain")
	for _, image := range []string{"by-crane", "by-regctl", "by-oras"} {
		t.Run(image, func(t *testing.T) {
			t.Parallel()
			w := outer.sub(t)
			w.signAndAttest(cosigns()[0], key, w.ref(dev, image)+":1.0")
			w.promoted("--copy", image+":1.0", dev, prod)
			w.trusted(key, w.ref(prod, image)+":1.0")
		})
	}
}

// TestTokenLogin: crane logs in as docker does. The double refuses without credentials and names its token service in
// Www-Authenticate; the password goes there alone, and the image is read with the token.
func TestTokenLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.pushImage(dev, "team/app", "1.0")
	w.file("config.json", "{}")
	w.tool("crane", "auth", "login", w.server.Host(), "--username", user, "--password", password)
	w.server.ResetLog()
	assert.Equal(t, digestOf(ref), strings.TrimSpace(w.tool("crane", "digest", w.ref(dev, "team/app")+":1.0")))

	log := w.server.Log()
	if assert.GreaterOrEqual(t, len(log), 3) {
		assert.Equal(t, "/v2/ 401", answered(log[0]))
		assert.False(t, log[0].AuthHeaderPresent)
		assert.Equal(t, "/v2/token 200", answered(log[1]))
		assert.Equal(t, user, log[len(log)-1].User)
	}

	w.tool("crane", "auth", "login", w.server.Host(), "--username", user, "--password", "wrong")
	_, stderr, code := w.run(toolPath(t, "crane"), "digest", w.ref(dev, "team/app")+":1.0")
	assert.NotEqual(t, exitNone, code)
	assert.Contains(t, stderr, "UNAUTHORIZED")
}

// answered says what was asked for, and how it was answered.
func answered(r artifactory.Request) string { return fmt.Sprintf("%s %d", r.Path, r.Status) }
