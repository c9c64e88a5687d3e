package inventory

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/process"
)

const (
	prod, dev, old = "docker-prod-local", "docker-dev-local", "docker-old-local"
	user, password = "ci", "pa55word-of-ci"
	// binaryVariable names the plugin that was built.
	binaryVariable = "SIGNED_PROMOTE_INVENTORY_BINARY"
)

// TestMain builds the plugin once.
func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "signed-promote-inventory")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "signed-promote.exe")
	if err := process.Build(context.Background(), path, "../.."); err != nil {
		panic(err)
	}
	_ = os.Setenv(binaryVariable, path)
	return m.Run()
}

// start runs the double with three repositories and an administrator.
func start(t *testing.T, options ...artifactory.Option) *artifactory.Server {
	t.Helper()
	return artifactory.Start(t, append([]artifactory.Option{
		artifactory.WithRepository(artifactory.Repository{Key: prod}),
		artifactory.WithRepository(artifactory.Repository{Key: dev}),
		artifactory.WithRepository(artifactory.Repository{Key: old}),
		artifactory.WithUser(artifactory.User{Name: user, Password: password, Admin: true}),
	}, options...)...)
}

// outcome is how a run of the plugin ended.
type outcome struct {
	stdout, stderr string
	code           int
}

// plugin runs the plugin against a server.
func plugin(t *testing.T, s *artifactory.Server, args ...string) outcome {
	t.Helper()
	args = append(args, "--url", s.URL(), "--user", user, "--password", password)
	return local(t, args...)
}

// local runs the plugin without a server.
func local(t *testing.T, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Getenv(binaryVariable), args...)
	home := t.TempDir()
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "JFROG_CLI_HOME_DIR=" + home, "CI=true",
		"SystemRoot=" + os.Getenv("SystemRoot"),
	}
	cmd.Dir = home
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return outcome{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
}
