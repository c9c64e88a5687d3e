package scenario

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

// world is one scenario under way: a home with the configuration of all tools, and an image of its own.
type world struct {
	*Setup
	// ctx ends when the run is interrupted.
	ctx    context.Context
	home   string
	image  string
	err    error
	proofs int
}

func (s *Setup) world(ctx context.Context, name string) (*world, error) {
	home, err := os.MkdirTemp("", "signed-promote-live")
	if err != nil {
		return nil, err
	}
	w := &world{Setup: s, ctx: ctx, home: home}
	w.image = scratch.Folder(s.Pair.Nonce) + "/scenario/" + strings.ReplaceAll(name, " ", "-")
	w.configure()
	if w.err != nil {
		w.close()
	}
	return w, w.err
}

// close removes the home with the credentials and keys in it.
func (w *world) close() { _ = os.RemoveAll(w.home) }

// configure writes the credentials into files that only this user may read, since command lines are seen by everybody.
func (w *world) configure() {
	auth := map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(w.User + ":" + w.Token))}
	auths := map[string]any{}
	for _, repo := range []string{w.Pair.Source, w.Pair.Target} {
		host, _, _ := strings.Cut(w.registry(repo), "/")
		auths[host] = auth
	}
	w.fileJSON("config.json", map[string]any{"auths": auths})
	w.fileJSON("jfrog-cli.conf.v6", map[string]any{"version": "6", "servers": []map[string]any{{
		"serverId": "live", "isDefault": true, "accessToken": w.Token, "artifactoryUrl": w.Client.Base(),
	}}})
}

func (w *world) fileJSON(name string, content any) {
	raw, err := json.Marshal(content)
	if err != nil {
		w.fail("%w", err)
	}
	w.file(name, string(raw))
}

// file writes a file into the home and gives its path.
func (w *world) file(name, content string) string {
	path := filepath.Join(w.home, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.fail("%w", err)
	}
	return path
}

// registry is where registry clients find a repository.
func (w *world) registry(repo string) string {
	return strings.ReplaceAll(cmp.Or(w.Registry, w.Client.Host()+"/{repo}"), "{repo}", repo)
}

// ref names the scenario's image in a repository.
func (w *world) ref(repo string) string { return w.registry(repo) + "/" + w.image }

// run runs a program and gives both outputs and whether it succeeded.
func (w *world) run(program string, args ...string) (output string, ok bool) {
	output, code := w.exit(program, args...)
	return output, code == 0
}

// exit runs a program and gives both outputs and the exit code.
func (w *world) exit(program string, args ...string) (output string, code int) {
	if w.err != nil {
		return "", -1
	}
	cmd := exec.CommandContext(w.ctx, program, args...) //nolint:gosec // the plugin and the tools
	cmd.Env = append(ownEnvironment(), "HOME="+w.home, "XDG_CONFIG_HOME="+filepath.Join(w.home, "config"),
		"DOCKER_CONFIG="+w.home,
		"JFROG_CLI_HOME_DIR="+w.home, "COSIGN_PASSWORD=", "COSIGN_YES=true", "CI=true", "TUF_ROOT="+filepath.Join(w.home,
			"tuf"))
	cmd.Dir = w.home
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.fail("%s: %w", filepath.Base(program), err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// ownEnvironment is what the tools get of the user's: nothing that would lead them elsewhere, and no token.
func ownEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		for _, prefix := range []string{
			"SIGNED_PROMOTE_", "JFROG_CLI_", "COSIGN_", "SIGSTORE_", "TUF_", "NOTATION_",
			"REGCTL_", "DOCKER_",
		} {
			if strings.HasPrefix(variable, prefix) {
				return true
			}
		}
		return false
	})
}

// tool runs a tool, which has to succeed.
func (w *world) tool(tool string, args ...string) string {
	output, ok := w.run(tool, args...)
	w.want(ok, "%s %s: %s", tool, strings.Join(args, " "), lastLines(output))
	return output
}

// promote promotes a tag from the source to the target, which has to succeed.
func (w *world) promote(tag string, options ...string) string {
	return w.jf(0, append([]string{"promote", w.image + ":" + tag, w.Pair.Source, w.Pair.Target}, options...)...)
}

// jf runs a command of the plugin, which has to end with a code.
func (w *world) jf(want int, args ...string) string {
	output, code := w.exit(w.Plugin, args...)
	w.want(code == want, "%s ends with %d, not %d: %s", strings.Join(args, " "), code, want, lastLines(output))
	return output
}

// lastLines is the end of what a program said.
func lastLines(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.Join(lines[max(0, len(lines)-6):], " | ")
}
