//go:build unix

package scenario

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/report"
)

// A run that is interrupted ends soon and cleanly, says so, and the same command completes it.
func TestInterruptedBySignal(t *testing.T) {
	t.Parallel()
	const latency = 40 * time.Millisecond
	for name, c := range map[string]struct {
		signal syscall.Signal
		// request is the first that has been answered when the signal comes; says is what the run tells of its state
		// then.
		request, says string
	}{
		"SIGINT while reading":      {syscall.SIGINT, "/api/repositories/", "nothing was changed yet"},
		"SIGTERM while discovering": {syscall.SIGTERM, "/referrers/", "nothing was changed yet"},
		"SIGINT while attaching": {
			syscall.SIGINT, "/api/copy/" + dev + "/" + app + "/sha256-",
			"1.0 does not show the image yet",
		},
		"SIGTERM while promoting": {syscall.SIGTERM, "/v2/promote", "1.0 shows the image, with all that hangs on it"},
		"SIGINT between two deletes": {
			syscall.SIGINT, "/artifactory/" + dev + "/" + app + "/1.0",
			"1.0 shows the image, with all that hangs on it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := signedIndex(w)
			before := look(w.server)
			w.server.SetLatency(latency)
			cmd := w.command("promote", "--format", "json", ref(app, "1.0"), dev, prod, "--url", w.server.URL(), "--user", user,
				"--password", password)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			w.begin()
			require.NoError(t, cmd.Start())
			require.Eventually(t, func() bool { return w.answered(c.request) }, 10*time.Second, time.Millisecond)
			require.NoError(t, cmd.Process.Signal(c.signal))
			asked := time.Now()
			_ = cmd.Wait()
			assert.Less(t, time.Since(asked), 5*time.Second)
			o := outcome{
				t: t, stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode(),
				log: w.server.Log(),
			}
			o.ends(exitInterrupted)
			assert.Equal(t, report.Failure, o.result().Status)
			w.checkRun([]string{"json"}, o)
			assert.Contains(t, o.stderr, "interrupted")
			assert.Contains(t, o.stderr, c.says)
			assert.Equal(t, 1, o.errors(), o.stderr)
			t.Log(o.stderr)

			w.server.SetLatency(0)
			w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			assert.Empty(t, look(w.server).names(w.dev))
		})
	}
}

// Of many images, those whose turn did not come before the interruption are named, and the rerun brings them.
func TestNotBegunBeforeTheInterruption(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"every tag": {"promote", app, dev, prod, "--copy"}, "a pattern": {"copy", dev + "/" + app, prod},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, tag := range []string{"1.0", "2.0", "3.0"} {
				w.dev.Sign(w.dev.Single(tag, tag), "alice")
			}
			all := append(slices.Clone(args), "--threads", "1", "--format", "json")
			cmd := w.command(append(slices.Clone(all), "--url", w.server.URL(), "--user", user, "--password", password)...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			// The signal is sent while the first promotion waits for its answer.
			started := make(chan *os.Process, 1)
			w.server.AddFault(artifactory.Fault{
				Match: artifactory.Match{Method: "POST", Path: "/v2/promote", Count: 1},
				Before: func() {
					_ = (<-started).Signal(syscall.SIGTERM)
					time.Sleep(time.Second)
				},
			})
			w.begin()
			require.NoError(t, cmd.Start())
			started <- cmd.Process
			_ = cmd.Wait()
			o := outcome{
				t: t, stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode(),
				log: w.server.Log(),
			}
			o.ends(exitInterrupted)
			w.checkRun([]string{"json"}, o)
			outcomes := map[string]string{}
			for _, i := range o.result().Images {
				outcomes[i.Source.Tag] = i.Outcome
			}
			assert.Equal(t, report.Failure, o.result().Status)
			assert.Equal(t, "not-begun", outcomes["2.0"])
			assert.Equal(t, "not-begun", outcomes["3.0"])
			w.server.ClearFaults()
			w.run(all...).ends(exitDone)
		})
	}
}

// answered reports whether a request to a path that contains a text has been answered.
func (w *world) answered(path string) bool {
	return slices.ContainsFunc(w.server.Log(), func(r artifactory.Request) bool { return strings.Contains(r.Path, path) })
}
