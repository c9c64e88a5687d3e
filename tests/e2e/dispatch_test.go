//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSignature: jf starts every plugin on each of its own calls, and reads the whole of stdout as JSON.
func TestSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stdout, stderr, code := w.run(w.plugin, "hidden-plugin-signature")
	require.Equal(t, exitNone, code)
	assert.Empty(t, stderr)
	var signature struct{ Name, Usage string }
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&signature), stdout)
	assert.Equal(t, "signed-promote", signature.Name)
	assert.NotEmpty(t, signature.Usage)
	assert.False(t, decoder.More(), "nothing but the JSON")
	assert.Empty(t, w.server.Log())
	assert.NoDirExists(t, filepath.Join(w.home, "jfrog"), "it leaves nothing behind")
}

// TestVersion: `jf plugin publish` wants three words, the third being the version.
func TestVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stdout, stderr, code := w.run(w.plugin, "-v")
	require.Equal(t, exitNone, code)
	assert.Empty(t, stderr)
	words := strings.Fields(stdout)
	require.Len(t, words, 3, stdout)
	assert.Equal(t, []string{"signed-promote", "version"}, words[:2])
	assert.Regexp(t, `^v\d+\.\d+\.\d+$`, words[2])
}

// TestExitCodes: a pipeline sees the exit code that the plugin's process ends with; jf passes it on.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sign(cosigns()[1], w.key("key"), w.pushImage(dev, "team/app", "1.0"))
	w.pushImage(dev, "unsigned", "1.0")
	for _, c := range []struct {
		name string
		code int
		args []string
	}{
		{"not there", exitError, []string{"promote", "team/app:9.9", dev, prod, "--copy"}},
		{"usage", exitError, []string{"promote", "team/app:1.0", dev}},
		{"unsigned", exitRefused, []string{"promote", "unsigned:1.0", dev, prod, "--copy"}},
		{"missing at the target", exitFinding, []string{"status", dev + "/team/app:1.0", "--target-repo", prod}},
		{"dry run", exitNone, []string{"promote", "team/app:1.0", dev, prod, "--copy", "--dry-run"}},
		{"done", exitNone, []string{"promote", "team/app:1.0", dev, prod, "--copy"}},
		{"already so", exitNone, []string{"promote", "team/app:1.0", dev, prod, "--copy"}},
		{"nothing done", exitNoOp, []string{"promote", "team/app:1.0", dev, prod, "--copy", "--fail-no-op"}},
		{"the same at the target", exitNone, []string{"status", dev + "/team/app:1.0", "--target-repo", prod}},
	} {
		stdout, stderr, code := w.jf(c.args[0], c.args[1:]...)
		assert.Equal(t, c.code, code, "%s\n%s%s", c.name, stdout, stderr)
	}
}

// TestUnderRealJF installs the plugin where jf looks for it and lets jf run it.
func TestUnderRealJF(t *testing.T) {
	t.Parallel()
	jf, err := exec.LookPath("jf")
	if err != nil {
		t.Skip("there is no jf in PATH, and it is not among the tools that tests/tools can build. How jf starts plugins is covered by the " +
			"tests of signature, version and exit codes")
	}
	w := newWorld(t)
	bin := filepath.Join(w.home, "jfrog", "plugins", "signed-promote", "bin")
	require.NoError(t, os.MkdirAll(bin, 0o700))
	// Without plugins.yml jf would take the folder for an old layout.
	require.NoError(t, os.WriteFile(filepath.Join(w.home, "jfrog", "plugins", "plugins.yml"), []byte(`{"version":1}`), 0o600))
	content, err := os.ReadFile(w.plugin)
	require.NoError(t, err)
	name := "signed-promote"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	require.NoError(t, os.WriteFile(filepath.Join(bin, name), content, 0o700))
	stdout, stderr, code := w.run(jf, "signed-promote", "--help")
	assert.Equal(t, exitNone, code, stderr)
	assert.Contains(t, stdout, "promote, docker-promote, dpr")
	_, _, code = w.run(jf, "signed-promote", "promote", "one-argument")
	assert.Equal(t, exitError, code)
}
