package commands

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-client-go/http/httpclient"
	clientutils "github.com/jfrog/jfrog-client-go/utils"
	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/report"
)

// invocation is what every command knows about the run it is part of.
type invocation struct {
	// userAgent is the User-Agent of all requests.
	userAgent string
	// traceID finds the run's requests in the logs of the JFrog platform; 16 hexadecimal digits.
	traceID string
	// interactive allows progress and questions: stderr is a terminal and CI is not set.
	interactive bool
	// bar shows how the run gets on.
	bar *report.Progress
	// screen is what stdout writes on.
	screen report.Screen
	// stdout takes data, and nothing else goes there.
	stdout io.Writer
	// summary is the file that takes a summary, see summarise.
	summary string
}

// work is a command ready to run: its options are checked and its server is known.
type work func(context.Context) error

// preparation reads a command's options and finds its server. It sends nothing.
type preparation func(*components.Context, invocation) (work, error)

// framed puts the frame around a command: user agent and trace ID, signals, panics, and the exit code. The first SIGINT
// or SIGTERM cancels the context, the second one kills.
func framed(version string, prepare preparation) components.ActionFunc {
	return func(c *components.Context) (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				err = crashed(cause)
			}
			err = exitError(err)
		}()
		log.SetLogger(jfrog.NewDiscreetLog(log.GetLogger()))
		run := newInvocation(version)
		do, err := prepare(c, run)
		if err != nil {
			return err
		}
		return run.traced(interruptible(do))
	}
}

// newInvocation also hands user agent and trace ID to client-go, which keeps both in package variables. That
// must happen inside the action: cli-core sets its own user agent before.
func newInvocation(version string) invocation {
	run := invocation{
		userAgent:   Name + "/" + version,
		traceID:     newTraceID(),
		interactive: !isCI() && log.IsStdErrTerminal(),
		screen:      screenOf(os.Stdout),
		stdout:      os.Stdout,
		summary:     summaryFile(),
	}
	run.bar = newBar(run.interactive)
	clientutils.SetUserAgent(run.userAgent)
	httpclient.SetUberTraceIdToken(run.traceID)
	log.Debug("Trace ID for JFrog Platform logs:", run.traceID)
	return run
}

func newTraceID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails, see crypto/rand
	return hex.EncodeToString(id[:])
}

// traced logs the trace ID of a run that failed, as jf does.
func (i invocation) traced(err error) error {
	if outcomeOf(err) == outcomeFailed {
		log.Info("Trace ID for JFrog Platform logs:\n\t" + i.traceID)
	}
	return err
}

// interruptible runs a command under a context that the first SIGINT or SIGTERM ends. jf itself does not wait for
// plugins, so a command has to be brief then, and must not count on its exit code being seen.
func interruptible(do work) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// From the first signal on the default handling is back, so that a second one kills.
	context.AfterFunc(ctx, stop)
	err := do(ctx)
	if ctx.Err() != nil && outcomeOf(err) == outcomeFailed {
		return ended(outcomeInterrupted, fmt.Errorf("interrupted: what is done stays, and the same command completes it; %w",
			err))
	}
	return err
}

// crashed is the error for a panic. The stack is for bug reports only.
func crashed(cause any) error {
	log.Debug(string(debug.Stack()))
	return fmt.Errorf("internal error: %v; please report it with the output of JFROG_CLI_LOG_LEVEL=DEBUG", cause)
}
