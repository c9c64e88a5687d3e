//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const (
	dev, prod      = "docker-dev-local", "docker-prod-local"
	user, password = "ci", "ci-password"
)

// Exit codes of the plugin.
const (
	exitNone    = 0
	exitError   = 1
	exitNoOp    = 2
	exitRefused = 4
	exitFinding = 5
)

// world is one server, one home with its configuration, and the tools.
type world struct {
	t      *testing.T
	server *artifactory.Server
	home   string
	plugin string
	// env is added to the environment of every program.
	env []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := artifactory.Start(t)
	for _, key := range []string{dev, prod} {
		s.AddRepository(artifactory.Repository{Key: key, Class: "local", PackageType: "docker"})
	}
	s.AddUser(artifactory.User{Name: user, Password: password, Admin: true})
	w := &world{t: t, server: s, home: t.TempDir(), plugin: os.Getenv(binary)}
	w.logIn(password)
	return w
}

// sub is the same world in a subtest, so that what fails there is reported there.
func (w *world) sub(t *testing.T) *world {
	t.Helper()
	inner := *w
	inner.t = t
	return &inner
}

// logIn writes the docker configuration that all registry clients read.
func (w *world) logIn(password string) {
	w.t.Helper()
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	content, err := json.Marshal(map[string]any{"auths": map[string]any{w.server.Host(): map[string]string{"auth": auth}}})
	require.NoError(w.t, err)
	w.file("config.json", string(content))
}

// file writes a file into the home and gives its path.
func (w *world) file(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.home, name)
	require.NoError(w.t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// run runs a program and gives both outputs and the exit code.
func (w *world) run(program string, args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "HOME="+w.home, "XDG_CONFIG_HOME="+filepath.Join(w.home, "config"),
		"DOCKER_CONFIG="+w.home,
		"JFROG_CLI_HOME_DIR="+filepath.Join(w.home,
			"jfrog"), "COSIGN_PASSWORD=", "COSIGN_YES=true", "CI=true", "TUF_ROOT="+filepath.Join(w.home, "tuf"))
	cmd.Env = append(cmd.Env, w.env...)
	cmd.Dir = w.home
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(w.t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// tool runs a tool and wants it to succeed.
func (w *world) tool(tool string, args ...string) string {
	w.t.Helper()
	stdout, stderr, code := w.run(toolPath(w.t, tool), args...)
	require.Equal(w.t, exitNone, code, "%s %s\n%s%s", tool, strings.Join(args, " "), stdout, stderr)
	return stdout
}

// toolPath finds a tool in the PATH that `make e2e` sets.
func toolPath(t *testing.T, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	require.NoError(t, err, "run the tests with 'make e2e'")
	return path
}

// jf runs a command of the plugin with the server options, and gives what it printed.
func (w *world) jf(command string, args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	words := append([]string{command, "--url", w.server.URL(), "--user", user, "--password", password}, args...)
	return w.run(w.plugin, words...)
}

// promoted promotes and wants that to succeed, without a byte of an image layer through the plugin.
func (w *world) promoted(args ...string) {
	w.t.Helper()
	w.server.ResetLog()
	stdout, stderr, code := w.jf("promote", args...)
	require.Equal(w.t, exitNone, code, "promote %s\n%s%s", strings.Join(args, " "), stdout, stderr)
	stats := w.server.Stats()
	assert.Zero(w.t, stats.LayerBytesDown+stats.LayerBytesUp, "layers must not pass through the client")
}

// idle wants a promotion to find everything done: it succeeds and changes nothing.
func (w *world) idle(args ...string) {
	w.t.Helper()
	w.notPromoted(exitNone, "", args...)
}

// notPromoted wants a promotion to end with a code, a message that has the words in it and the server as it was.
func (w *world) notPromoted(code int, words string, args ...string) {
	w.t.Helper()
	files, properties := w.server.Snapshot(), w.server.SnapshotProperties()
	w.server.ResetLog()
	stdout, stderr, got := w.jf("promote", args...)
	assert.Equal(w.t, code, got, "promote %s\n%s%s", strings.Join(args, " "), stdout, stderr)
	assert.Contains(w.t, stderr, words)
	assert.Zero(w.t, w.server.Stats().Changes, "no request changed anything")
	assert.Equal(w.t, files, w.server.Snapshot())
	assert.Equal(w.t, properties, w.server.SnapshotProperties())
}

// digest returns the digest behind a tag.
func (w *world) digest(tag string) string {
	w.t.Helper()
	return strings.TrimSpace(w.tool("crane", "digest", tag))
}

// suffixTag names the record of a digest in the image "team/app" of a repository.
func (w *world) suffixTag(repo, ref, suffix string) string {
	return w.ref(repo, "team/app") + ":" + strings.Replace(digestOf(ref), ":", "-", 1) + "." + suffix
}

// ref names an image for registry clients.
func (w *world) ref(repo, image string) string {
	return fmt.Sprintf("%s/%s/%s", w.server.Host(), repo, image)
}

// moved returns the same digest in another repository and image.
func (w *world) moved(ref, repo, image string) string {
	return w.ref(repo, image) + "@" + digestOf(ref)
}

// digestOf returns the digest of a reference by digest.
func digestOf(ref string) string { return ref[strings.Index(ref, "@")+1:] }
