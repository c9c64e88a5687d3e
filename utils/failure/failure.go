// Package failure holds the error that users see: what failed, on which side, and what to do about it.
package failure

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrNotFound says that a server answered, for certain, that something is not there. On a server that hides what a user
// may not read, it is not there for this user. Whatever else goes wrong while looking is another error.
var ErrNotFound = errors.New("not found")

// Side reports where something failed.
type Side string

// The two sides of a promotion.
const (
	Source Side = "source"
	Target Side = "target"
)

// Failure is an error with the side on which it happened and a hint for the user. Refused marks what a policy, a
// conflict or --no-overwrite forbids, before anything was changed; everything else is a plain failure.
type Failure struct { //nolint:errname // the package says "failure"; "failure.FailureError" would say it twice more
	Side    Side
	Message string
	Hint    string
	Refused bool
	Err     error
	// Absent makes the failure match ErrNotFound, when the message says that something is not there.
	Absent bool
}

// Error returns the message and its cause, without the hint.
func (f *Failure) Error() string {
	text := f.Message
	if f.Err != nil {
		text = fmt.Sprintf("%s: %v", text, f.Err)
	}
	if f.Side != "" {
		text = fmt.Sprintf("%s: %s", f.Side, text)
	}
	return text
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Is makes an Absent failure match ErrNotFound.
func (f *Failure) Is(target error) bool { return f.Absent && target == ErrNotFound }

// At wraps err as a failure of one side. The side and the hint of a failure that is already inside stay: the closest
// one to the cause knows best.
func At(side Side, err error, message, hint string) error {
	if err == nil {
		return nil
	}
	var inner *Failure
	if errors.As(err, &inner) {
		return err
	}
	return &Failure{Side: side, Message: message, Hint: hint, Err: err}
}

// Refuse makes a refusal: nothing was changed, and rerunning without another option or another state will not help.
func Refuse(side Side, hint, format string, args ...any) error {
	return &Failure{Side: side, Message: fmt.Sprintf(format, args...), Hint: hint, Refused: true}
}

// IsRefusal reports whether err is, or wraps, a refusal.
func IsRefusal(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Refused
}

// Join puts several errors into one, in one line: people read it in one. It is nil if all are.
func Join(errs ...error) error {
	all := joined(slices.DeleteFunc(errs, func(err error) bool { return err == nil }))
	if len(all) == 0 {
		return nil
	}
	return all
}

type joined []error

// Error returns the texts of all.
func (j joined) Error() string {
	texts := make([]string, 0, len(j))
	for _, err := range j {
		texts = append(texts, err.Error())
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns them all.
func (j joined) Unwrap() []error { return j }

// Status returns the HTTP status of the answer that err carries, if some server's answer is in it. Errors of the
// transport, the REST client and the registry client all tell it by a method HTTPStatus.
func Status(err error) (status int, ok bool) {
	var coded interface{ HTTPStatus() int }
	if errors.As(err, &coded) {
		return coded.HTTPStatus(), true
	}
	return 0, false
}

// Patience returns how long the server asked to be left alone, if err carries an answer that says so; else 0.
func Patience(err error) time.Duration {
	var asked interface{ Patience() time.Duration }
	if errors.As(err, &asked) {
		return asked.Patience()
	}
	return 0
}

// Advice returns what to do about err, if an error in it knows; else "".
func Advice(err error) string {
	var advised interface{ Advice() string }
	if errors.As(err, &advised) {
		return advised.Advice()
	}
	return ""
}
