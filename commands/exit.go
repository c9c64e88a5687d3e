package commands

import (
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// outcome is how a command ended, as far as its exit code tells.
type outcome int

const (
	outcomeDone        outcome = iota // done, or already so
	outcomeFailed                     // failed, or some of it did
	outcomeNothingDone                // nothing to do, and --fail-no-op
	outcomeRefused                    // all of it refused by policy, conflict or --no-overwrite; nothing was changed
	outcomeFindings                   // status found something missing, dangling or differing
	outcomeInterrupted                // ended by SIGINT or SIGTERM before all was done
)

// exitCode is the only table of exit codes. 3 is missing because jf uses it for a vulnerable build.
func (o outcome) exitCode() coreutils.ExitCode {
	switch o {
	case outcomeDone:
		return coreutils.ExitCodeNoError
	case outcomeNothingDone:
		return coreutils.ExitCodeFailNoOp
	case outcomeRefused:
		return coreutils.ExitCode{Code: 4}
	case outcomeFindings:
		return coreutils.ExitCode{Code: 5}
	case outcomeInterrupted:
		return coreutils.ExitCode{Code: 130} // 128 + SIGINT, as shells have it
	case outcomeFailed:
	}
	return coreutils.ExitCodeError
}

// endError is a command's end other than success and plain failure, see ended.
type endError struct {
	outcome outcome
	cause   error
}

// Error returns the message of the cause; it is empty where the result on stdout has said everything.
func (e *endError) Error() string {
	if e.cause == nil {
		return ""
	}
	return e.cause.Error()
}

// Unwrap returns the cause, nil if there is none.
func (e *endError) Unwrap() error {
	return e.cause
}

// ended is what a command returns to end with an outcome. The cause is printed on stderr; without one nothing
// is. An error that a command returns as it is counts as failed.
func ended(o outcome, cause error) error {
	if o == outcomeDone && cause == nil {
		return nil
	}
	return &endError{outcome: o, cause: cause}
}

// outcomeOf returns how a command ended that returned this error.
func outcomeOf(err error) outcome {
	var end *endError
	switch {
	case err == nil:
		return outcomeDone
	case errors.As(err, &end):
		return end.outcome
	default:
		return outcomeFailed
	}
}

// exitError turns what a command returned into what cli-core exits with. It is always a CliError value: cli-core does
// not recognise a pointer to one, and urfave/cli would end the process by itself for an *exec.ExitError or any other
// error with an ExitCode method.
func exitError(err error) error {
	if err == nil {
		return nil
	}
	return coreutils.CliError{ExitCode: outcomeOf(err).exitCode(), ErrorMsg: onStderr(sanitize.Lines(err.Error()))}
}
