package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/report"
)

const (
	dev, prod      = "docker-dev-local", "docker-prod-local"
	user, password = "ci", "pa55word-of-ci"
	token          = "t0ken-of-ci"
	app            = "team/app"
)

// Exit codes, as the design has them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitNoOp        = 2
	exitRefused     = 4
	exitFindings    = 5
	exitInterrupted = 130
)

// world is one server with two repositories and a user who may do everything, and a home for the configuration.
type world struct {
	t      *testing.T
	server *artifactory.Server
	images *fixture.Fixture
	// dev and prod are the image that most scenarios are about, in both repositories.
	dev, prod fixture.Image
	home      string
	env       []string
	// user is who the plugin runs as.
	user, password string
	// mayNest leaves out the check for folders that were copied into themselves.
	mayNest bool
	// waives names images of which --on-conflict replace or keep gives up a record: there a record need not keep what
	// it held, nor get what the source has. It has to be there all the same.
	waives []string

	// apart are images that keep attachments of others (--attachment-repo): those do not have to be beside what they
	// are attached to.
	apart []string

	mu     sync.Mutex
	before view
	// others are at work, who promise nothing.
	others bool
}

func newWorld(t *testing.T, options ...artifactory.Option) *world {
	t.Helper()
	s := artifactory.Start(t, append([]artifactory.Option{
		artifactory.WithRepository(artifactory.Repository{Key: dev}),
		artifactory.WithRepository(artifactory.Repository{Key: prod}),
		artifactory.WithUser(artifactory.User{Name: user, Password: password, Token: token, Admin: true}),
	}, options...)...)
	images := fixture.New(s)
	w := &world{
		t: t, server: s, images: images, dev: images.Image(dev, app), prod: images.Image(prod, app),
		home: t.TempDir(), user: user, password: password,
	}
	s.OnChange(w.changed)
	return w
}

// grants makes the plugin run as a user who may do only what is given.
func (w *world) grants(grants ...artifactory.Grant) {
	w.server.AddUser(artifactory.User{Name: user, Password: password, Token: token, Grants: grants})
}

// byOthers does something at the server that is not held to what the plugin promises.
func (w *world) byOthers(do func()) {
	set := func(others bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.others = others
	}
	set(true)
	defer set(false)
	do()
}

// outcome is how a run of the plugin ended.
type outcome struct {
	t              *testing.T
	stdout, stderr string
	code           int
	// log holds the requests of this run alone.
	log []artifactory.Request
}

// promote runs promote with --format json.
func (w *world) promote(args ...string) outcome {
	w.t.Helper()
	return w.run(append([]string{"promote", "--format", "json"}, args...)...)
}

// status runs status with --format json.
func (w *world) status(args ...string) outcome {
	w.t.Helper()
	return w.run(append([]string{"status", "--format", "json"}, args...)...)
}

// run runs the plugin with the server given by options.
func (w *world) run(args ...string) outcome {
	w.t.Helper()
	return w.runAs(append(args, "--url", w.server.URL(), "--user", w.user, "--password", w.password)...)
}

// runAs runs the plugin with exactly these arguments, and checks what holds for every run.
func (w *world) runAs(args ...string) outcome {
	w.t.Helper()
	cmd := w.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	w.begin()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(w.t, err)
	}
	o := outcome{
		t: w.t, stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode(),
		log: w.server.Log(),
	}
	w.checkRun(args, o)
	return o
}

func (w *world) command(args ...string) *exec.Cmd {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), os.Getenv(binaryVariable), args...)
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.home, "JFROG_CLI_HOME_DIR=" + filepath.Join(w.home,
			"jfrog"), "JFROG_CLI_LOG_TIMESTAMP=OFF",
		"HTTP_PROXY=" + os.Getenv(elsewhereVariable), "HTTPS_PROXY=" + os.Getenv(elsewhereVariable), "CI=true", "SystemRoot=" + os.Getenv("SystemRoot"),
	}, w.env...)
	cmd.Dir = w.home
	return cmd
}

// configure writes a configuration with one server, the default.
func (w *world) configure(user, password, token string) (path string) {
	w.t.Helper()
	raw, err := json.Marshal(map[string]any{"version": "6", "servers": []map[string]any{{
		"serverId": "double", "artifactoryUrl": w.server.URL(), "user": user, "password": password, "accessToken": token, "isDefault": true,
	}}})
	require.NoError(w.t, err)
	path = filepath.Join(w.home, "jfrog", "jfrog-cli.conf.v6")
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(w.t, os.WriteFile(path, raw, 0o600))
	return path
}

// ends asserts the exit code, and shows everything if it is another one.
func (o outcome) ends(code int) outcome {
	o.t.Helper()
	require.Equal(o.t, code, o.code, "stdout:\n%s\nstderr:\n%s\n%s", o.stdout, o.stderr, o.requests())
	return o
}

// result reads the result of a promotion.
func (o outcome) result() report.Result {
	o.t.Helper()
	var r report.Result
	o.decode(&r)
	return r
}

// image returns the one image of a result.
func (o outcome) image() report.Image {
	o.t.Helper()
	r := o.result()
	require.Len(o.t, r.Images, 1, o.stdout)
	return r.Images[0]
}

// state reads the result of status.
func (o outcome) state() report.StatusResult {
	o.t.Helper()
	var r report.StatusResult
	o.decode(&r)
	return r
}

func (o outcome) decode(v any) {
	o.t.Helper()
	require.NoError(o.t, json.Unmarshal([]byte(o.stdout), v), "stdout:\n%s\nstderr:\n%s", o.stdout, o.stderr)
}

// changesNothing asserts that no request of the run changed anything; asks allows those that a server checks and
// refuses.
func (o outcome) changesNothing() outcome {
	o.t.Helper()
	for _, r := range o.log {
		assert.False(o.t, r.Changed, "%s %s?%s changed something", r.Method, r.Path, r.Query)
	}
	return o
}

// writesNothing asserts that no request of the run asked for a change.
func (o outcome) writesNothing() outcome {
	o.t.Helper()
	for _, r := range o.log {
		assert.False(o.t, r.Write, "%s %s?%s is a write", r.Method, r.Path, r.Query)
	}
	return o
}

// requests lists the log for messages of failed tests.
func (o outcome) requests() string {
	var b strings.Builder
	for _, r := range o.log {
		fmt.Fprintf(&b, "%d %s %s?%s changed=%t\n", r.Status, r.Method, r.Path, r.Query, r.Changed)
	}
	return b.String()
}

// ref names a tag for the command line: "<image>:<tag>".
func ref(image, tag string) string { return image + ":" + tag }
