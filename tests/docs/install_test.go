package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInstallByHand follows the README with an empty home: make install-local puts the plugin where jf finds it, and
// there it promotes. It builds, which `make docs` has the time for.
func TestInstallByHand(t *testing.T) {
	t.Parallel()
	if !*tools {
		t.Skip("make docs installs it")
	}
	w := newWorld(t, newMaterial(t))
	home := t.TempDir()
	environment := append(goEnvironment(t), "HOME="+home, "PATH="+os.Getenv("PATH"))
	install := exec.CommandContext(t.Context(), "make", "--no-print-directory", "install-local")
	install.Dir, install.Env = root, environment
	output, err := install.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.FileExists(t, filepath.Join(home, ".jfrog", "plugins", "plugins.yml"))

	promote := exec.CommandContext(t.Context(), filepath.Join(home, ".jfrog", "plugins", "signed-promote", "bin",
		"signed-promote"), "promote", "team/app:1.2.3",
		dev, prod, "--copy", "--url", w.server.URL(), "--user", user, "--password", password)
	promote.Env = []string{"HOME=" + home, "CI=true"}
	output, err = promote.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.Contains(t, string(output), "success: 1 image done")
	w.promoted("team/app")
}

// goEnvironment keeps Go's caches where they are although the home is another one.
func goEnvironment(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		require.NoError(t, err)
		all = append(all, name+"="+strings.TrimSpace(string(value)))
	}
	return all
}
