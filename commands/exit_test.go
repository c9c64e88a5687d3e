package commands

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, test := range []struct {
		name    string
		err     error
		code    int
		message string
	}{
		{"failed", cause, 1, "cause"},
		{"an outcome of its own", ended(outcomeFailed, cause), 1, "cause"},
		{"nothing done", ended(outcomeNothingDone, nil), 2, ""},
		{"refused", ended(outcomeRefused, cause), 4, "cause"},
		{"findings", ended(outcomeFindings, nil), 5, ""},
		{"interrupted", ended(outcomeInterrupted, cause), 130, "cause"},
		{"wrapped", fmt.Errorf("while: %w", ended(outcomeRefused, cause)), 4, "while: cause"},
		{"joined", errors.Join(cause, ended(outcomeFindings, nil)), 5, "cause\n"},
		{"the error of a process", &exec.ExitError{}, 1, "<nil>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			// The type is part of the contract: cli-core does not recognise a pointer.
			want := coreutils.CliError{ExitCode: coreutils.ExitCode{Code: test.code}, ErrorMsg: test.message}
			assert.Equal(t, want, exitError(test.err))
		})
	}
	assert.NoError(t, exitError(nil))
	assert.NoError(t, ended(outcomeDone, nil))
	assert.ErrorIs(t, ended(outcomeRefused, cause), cause)
}

// framedEnd runs a command in its frame and returns how it ends.
func framedEnd(t *testing.T, prepare preparation) coreutils.CliError {
	t.Helper()
	var end coreutils.CliError
	require.ErrorAs(t, framed("v0.0.0", prepare)(&components.Context{}), &end)
	return end
}

func TestFrame(t *testing.T) {
	end := framedEnd(t, func(*components.Context, invocation) (work, error) { return nil, errors.New("wrong option") })
	assert.Equal(t, coreutils.CliError{ExitCode: coreutils.ExitCodeError, ErrorMsg: "wrong option"}, end)

	end = framedEnd(t, func(*components.Context, invocation) (work, error) { panic("out of cheese") })
	assert.Equal(t, 1, end.Code)
	assert.Contains(t, end.ErrorMsg, "internal error: out of cheese")
	assert.NotContains(t, end.ErrorMsg, "goroutine")

	end = framedEnd(t, func(*components.Context, invocation) (work, error) {
		return func(context.Context) error { panic(errors.New("later")) }, nil
	})
	assert.Equal(t, 1, end.Code)
	assert.Contains(t, end.ErrorMsg, "internal error: later")

	end = framedEnd(t, func(*components.Context, invocation) (work, error) {
		return func(context.Context) error { return ended(outcomeRefused, errors.New("unsigned")) }, nil
	})
	assert.Equal(t, coreutils.CliError{ExitCode: coreutils.ExitCode{Code: 4}, ErrorMsg: "unsigned"}, end)

	assert.NoError(t, framed("v0.0.0", func(*components.Context, invocation) (work, error) {
		return func(ctx context.Context) error { return ctx.Err() }, nil
	})(&components.Context{}))
}

func TestInvocation(t *testing.T) {
	t.Setenv("CI", "woodpecker")
	first, second := newInvocation("v1.2.3"), newInvocation("v1.2.3")
	assert.Equal(t, "signed-promote/v1.2.3", first.userAgent)
	assert.Regexp(t, "^[0-9a-f]{16}$", first.traceID)
	assert.NotEqual(t, first.traceID, second.traceID)
	assert.False(t, first.Interactive)
}
