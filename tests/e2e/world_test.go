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

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const (
	dev, prod          = "docker-dev-local", "docker-prod-local"
	user, password     = "ci", "ci-password"
	layerSize, layers = 64 << 10, 2
	exitNone          = 0
	// binary names the plugin that TestMain built.
	binary = "SIGNED_PROMOTE_E2E_BINARY"
)

// TestMain builds the plugin once, as the plugin registry does.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "signed-promote-e2e")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "signed-promote")
	build := exec.Command("go", "build", "-o", path, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		panic(string(output))
	}
	_ = os.Setenv(binary, path)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// world is one server, one home with its configuration, and the tools.
type world struct {
	t      *testing.T
	server *artifactory.Server
	home   string
	plugin string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := artifactory.Start(t)
	for _, key := range []string{dev, prod} {
		s.AddRepository(artifactory.Repository{Key: key, Class: "local", PackageType: "docker"})
	}
	s.AddUser(artifactory.User{Name: user, Password: password, Admin: true})
	w := &world{t: t, server: s, home: t.TempDir(), plugin: os.Getenv(binary)}
	w.logIn()
	return w
}

// logIn writes the docker configuration that all registry clients read.
func (w *world) logIn() {
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	content, err := json.Marshal(map[string]any{"auths": map[string]any{w.server.Host(): map[string]string{"auth": auth}}})
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(filepath.Join(w.home, "config.json"), content, 0o600))
}

// run runs a program and gives both outputs and the exit code.
func (w *world) run(program string, args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "HOME="+w.home, "DOCKER_CONFIG="+w.home, "COSIGN_PASSWORD=", "JFROG_CLI_HOME_DIR="+filepath.Join(w.home, "jfrog"),
		"COSIGN_YES=true", "CI=true", "TUF_ROOT="+filepath.Join(w.home, "tuf"))
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

// promote runs the plugin with the server options, and gives its JSON result.
func (w *world) promote(args ...string) (string, int) {
	w.t.Helper()
	stdout, stderr, code := w.run(w.plugin, append([]string{"promote", "--url", w.server.URL(), "--user", user, "--password", password}, args...)...)
	if code != exitNone {
		w.t.Log(stderr)
	}
	return stdout, code
}

// ref names an image for registry clients.
func (w *world) ref(repo, image string) string { return fmt.Sprintf("%s/%s/%s", w.server.Host(), repo, image) }

func (w *world) remoteOptions() remote.Option {
	return remote.WithAuth(&authn.Basic{Username: user, Password: password})
}

// pushImage pushes a single-platform image and gives its reference by digest.
func (w *world) pushImage(repo, image, tag string) string {
	w.t.Helper()
	img, err := random.Image(layerSize, layers)
	require.NoError(w.t, err)
	ref, err := name.ParseReference(w.ref(repo, image) + ":" + tag)
	require.NoError(w.t, err)
	require.NoError(w.t, remote.Write(ref, img, w.remoteOptions()))
	digest, err := img.Digest()
	require.NoError(w.t, err)
	return w.ref(repo, image) + "@" + digest.String()
}

// pushIndex pushes a 2-platform image and gives its reference by digest and those of its children.
func (w *world) pushIndex(repo, image, tag string) (string, []string) {
	w.t.Helper()
	var index v1.ImageIndex = empty.Index
	var children []string
	for _, arch := range []string{"amd64", "arm64"} {
		img, err := random.Image(layerSize, layers)
		require.NoError(w.t, err)
		digest, err := img.Digest()
		require.NoError(w.t, err)
		children = append(children, w.ref(repo, image)+"@"+digest.String())
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	ref, err := name.ParseReference(w.ref(repo, image) + ":" + tag)
	require.NoError(w.t, err)
	require.NoError(w.t, remote.WriteIndex(ref, index, w.remoteOptions()))
	digest, err := index.Digest()
	require.NoError(w.t, err)
	return w.ref(repo, image) + "@" + digest.String(), children
}

// moved gives the same digest in another repository and image.
func (w *world) moved(ref, repo, image string) string {
	return w.ref(repo, image) + "@" + ref[strings.Index(ref, "@")+1:]
}
