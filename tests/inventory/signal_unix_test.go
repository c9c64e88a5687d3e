//go:build unix

package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// A prune that is interrupted finishes what it has begun, says of the rest that it was not begun, and the same command
// completes it.
func TestPruneInterruptedBySignal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path string
		removed      int
		to           []string
	}{
		"while it deletes": {http.MethodDelete, "artifactory/" + prod, 1, []string{"--delete"}},
		"while it moves":   {http.MethodPost, "api/copy/", 1, []string{"--quarantine-repo", "quarantine"}},
		"while it looks":   {http.MethodHead, "manifests/sha256-", 0, []string{"--delete"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithRepository(artifactory.Repository{Key: "quarantine"}))
			app := fixture.New(s).Image(prod, "team/app")
			app.Sign(app.Single("other", "other"), "bob")
			for i := range 3 {
				gone(s, app, fmt.Sprint("gone-", i))
			}
			home := t.TempDir()
			args := append([]string{
				"prune", prod, "--quiet", "--now", "--older-than", "0s", "--format", "json", "--threads", "1", "--journal", filepath.Join(home, "journal"),
				"--url", s.URL(), "--user", user, "--password", password,
			}, c.to...)
			command := func() (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
				var stdout, stderr bytes.Buffer
				cmd := exec.CommandContext(t.Context(), os.Getenv(binaryVariable), args...)
				cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "JFROG_CLI_HOME_DIR=" + home, "CI=true"}
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				return cmd, &stdout, &stderr
			}
			cmd, stdout, stderr := command()
			started := make(chan *os.Process, 1)
			s.AddFault(artifactory.Fault{Match: artifactory.Match{Method: c.method, Path: c.path, Count: 1}, Before: func() {
				_ = (<-started).Signal(syscall.SIGINT)
				time.Sleep(2 * time.Second)
			}})
			require.NoError(t, cmd.Start())
			started <- cmd.Process
			_ = cmd.Wait()
			assert.Equal(t, 130, cmd.ProcessState.ExitCode(), stderr)
			var r struct {
				Status      string
				Totals      struct{ Planned, Removed, Seen, Kept, Failed, NotBegun int }
				Attachments []struct{ Outcome string }
			}
			require.NoError(t, json.Unmarshal(stdout.Bytes(), &r))
			validate(t, "prune", stdout.String())
			assert.Equal(t, "failure", r.Status)
			assert.Equal(t, c.removed, r.Totals.Removed)
			assert.Equal(t, 3-c.removed, r.Totals.NotBegun)
			assert.Equal(t, 3-c.removed, strings.Count(stdout.String(), `"not-begun"`))

			s.ClearFaults()
			cmd, stdout, stderr = command()
			require.NoError(t, cmd.Run(), stderr)
			require.NoError(t, json.Unmarshal(stdout.Bytes(), &r))
			assert.Equal(t, 3-c.removed, r.Totals.Removed)
		})
	}
}
