//go:build unix

package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asHanging makes the test binary a command that waits for a signal: "polite" ends then, "deaf" goes on.
const asHanging = "SIGNED_PROMOTE_TEST_HANGING"

func TestMain(m *testing.M) {
	if kind := os.Getenv(asHanging); kind != "" {
		hang(kind)
	}
	os.Exit(m.Run())
}

func hang(kind string) {
	err := interruptible(func(ctx context.Context) error {
		fmt.Println("ready")
		<-ctx.Done()
		fmt.Println("cancelled")
		if kind == "deaf" {
			time.Sleep(time.Minute)
		}
		return fmt.Errorf("copying: %w", ctx.Err())
	})
	fmt.Println(err)
	os.Exit(outcomeOf(err).exitCode().Code)
}

// started runs the test binary as a hanging command and returns it with its output, once it waits.
func started(t *testing.T, kind string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), asHanging+"="+kind)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(output)
	expect(t, lines, "ready")
	return command, lines
}

func expect(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	require.True(t, lines.Scan(), "no line, want %q", want)
	require.Equal(t, want, strings.SplitN(lines.Text(), ":", 2)[0])
}

func TestFirstSignalCancels(t *testing.T) {
	t.Parallel()
	for _, sign := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		command, lines := started(t, "polite")
		require.NoError(t, command.Process.Signal(sign))
		expect(t, lines, "cancelled")
		expect(t, lines, "interrupted")
		var exit *exec.ExitError
		require.ErrorAs(t, command.Wait(), &exit)
		assert.Equal(t, 130, exit.ExitCode())
	}
}

func TestSecondSignalKills(t *testing.T) {
	t.Parallel()
	command, lines := started(t, "deaf")
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	expect(t, lines, "cancelled")
	// The default handling comes back just after the cancellation; a signal in between is ignored.
	finished := make(chan error, 1)
	go func() { finished <- command.Wait() }()
	var err error
	require.Eventually(t, func() bool {
		if signalErr := command.Process.Signal(syscall.SIGTERM); signalErr != nil && !errors.Is(signalErr,
			os.ErrProcessDone) {
			return false
		}
		select {
		case err = <-finished:
			return true
		default:
			return false
		}
	}, 5*time.Second, 10*time.Millisecond)
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	status, isStatus := exit.Sys().(syscall.WaitStatus)
	require.True(t, isStatus)
	assert.Equal(t, syscall.SIGTERM, status.Signal())
}
