//go:build e2e

package e2e

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// succeeded runs a command of the plugin and wants it to succeed, without a byte of an image layer through the plugin.
func (w *world) succeeded(command string, args ...string) (stdout string) {
	w.t.Helper()
	w.server.ResetLog()
	stdout, stderr, code := w.jf(command, args...)
	require.Equal(w.t, exitNone, code, "%s %s\n%s%s", command, strings.Join(args, " "), stdout, stderr)
	stats := w.server.Stats()
	assert.Zero(w.t, stats.LayerBytesDown+stats.LayerBytesUp, "layers must not pass through the client")
	return stdout
}

// Images that a pattern means, copied and moved.
func TestByPattern(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key := w.key("key")
		for _, image := range []string{"team/app", "team/tool", "other/app"} {
			w.signAndAttest(signer, key, w.pushImage(dev, image, "1.0"), w.pushImage(dev, image, "1.1-rc1"))
		}
		w.succeeded("copy", dev+"/team/*:1.0", prod)
		w.trusted(key, w.ref(prod, "team/app")+":1.0", w.ref(prod, "team/tool")+":1.0")
		w.succeeded("move", dev+"/team/(*):(*)-rc1", prod+"/released/{1}:{2}")
		w.trusted(key, w.ref(prod, "released/app")+":1.1", w.ref(prod, "released/tool")+":1.1")
		tags := w.tool("crane", "ls", w.ref(dev, "team/app"))
		assert.NotContains(t, tags, "1.1-rc1")
		assert.Contains(t, tags, "1.0")
		w.trusted(key, w.ref(dev, "team/app")+":1.0", w.ref(dev, "other/app")+":1.1-rc1")
	})
}

// A plan that one user makes with the right to read and another one carries out.
func TestPlannedByOneAppliedByAnother(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key, theirs := w.key("key"), w.key("theirs")
		ref, _ := w.pushIndex(dev, "team/app", "1.0")
		w.sign(signer, key, ref, "--recursive")
		w.attest(signer, key, ref)
		w.pushIndex(prod, "team/app", "old")
		w.server.AddUser(artifactory.User{
			Name: "planner", Password: "planner-password",
			Grants: []artifactory.Grant{{Repo: "*", Read: true}},
		})
		plan := filepath.Join(w.home, "plan.json")
		_, stderr, code := w.run(w.plugin, "copy", dev+"/team/*:1.0", prod, "--plan-file", plan, "--url", w.server.URL(),
			"--user", "planner", "--password", "planner-password")
		require.Equal(w.t, exitNone, code, stderr)
		w.succeeded("apply", plan)
		w.trusted(key, w.ref(prod, "team/app")+":1.0")
		w.succeeded("apply", plan)

		w.sign(signer, theirs, ref)
		_, stderr, code = w.jf("apply", plan)
		assert.Equal(w.t, exitRefused, code)
		assert.Contains(w.t, stderr, "has changed since")
	})
}

// A build whose image was signed after the build-info was published.
func TestBuildPromotion(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"copy": {"--copy"}, "move": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachCosign(t, func(w *world, signer cosign) {
				key := w.key("key")
				ref, _ := w.pushIndex(dev, "team/app", "1.0")
				w.publishBuild("app", "17", dev+"/team/app/")
				w.sign(signer, key, ref, "--recursive")
				w.attest(signer, key, ref)
				w.succeeded("build-promote", append([]string{"app", "17", prod, "--status", "Released"}, mode...)...)
				w.trusted(key, w.ref(prod, "team/app")+":1.0")
			})
		})
	}
}

// publishBuild publishes a build-info of all files below a prefix, and gives them the properties of the build, as jf
// does.
func (w *world) publishBuild(name, number, prefix string) {
	w.t.Helper()
	type artifact struct {
		Name   string `json:"name"`
		SHA1   string `json:"sha1"`
		SHA256 string `json:"sha256"`
	}
	var artifacts []artifact
	for file, sum := range w.server.Snapshot() {
		if !strings.HasPrefix(file, prefix) {
			continue
		}
		repo, below, _ := strings.Cut(file, "/")
		w.server.PutProperties(repo, below, map[string][]string{"build.name": {name}, "build.number": {number}})
		content, _ := w.server.Content(sum)
		one := sha1.Sum(content)
		artifacts = append(artifacts, artifact{path.Base(file), hex.EncodeToString(one[:]), sum})
	}
	info, err := json.Marshal(map[string]any{
		"name": name, "number": number,
		"modules": []map[string]any{{"id": prefix, "type": "docker", "artifacts": artifacts}},
	})
	require.NoError(w.t, err)
	w.server.PublishBuild("", info)
}

// A file spec that names image and signatures, taken by this plugin again.
func TestFileSpec(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) {
		key := w.key("key")
		w.signAndAttest(signer, key, w.pushImage(dev, "team/app", "1.0"))
		spec := filepath.Join(w.home, "spec.json")
		require.NoError(w.t, os.WriteFile(spec, []byte(w.succeeded("file-spec", dev+"/team/app:1.0", "--target", prod)),
			0o600))
		w.succeeded("copy", "--spec", spec)
		w.trusted(key, w.ref(prod, "team/app")+":1.0")
	})
}
