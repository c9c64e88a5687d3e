package transport

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// StatusError is a final answer 429 or 5xx. It is an error because client-go drops status and body of such an answer.
type StatusError struct {
	Method string
	// URL is fit for a log: no user, no secret in the query.
	URL    string
	Status int
	// Body is the beginning of what the server said, at most 4 KiB, in one line, without control characters and
	// credentials.
	Body string
	// RetryAfter is the wait that the server asked for, 0 for none.
	RetryAfter time.Duration
}

// Error returns call, status and the server's words.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.Method, e.URL, e.Status, http.StatusText(e.Status))
	if e.Body != "" {
		text += ": " + sanitize.Shorten(e.Body, maxErrorText)
	}
	return text
}

// HTTPStatus returns the status of the answer.
func (e *StatusError) HTTPStatus() int { return e.Status }

// Patience returns the wait that the server asked for, as far as it is obeyed: at most a minute.
func (e *StatusError) Patience() time.Duration { return min(e.RetryAfter, maxObeyed) }

// UnclearError is a write of which nobody knows whether it was carried out: the connection broke after it was sent, the
// answer was cut, late, or 5xx. Look at the state at the server before doing anything else.
type UnclearError struct {
	Method, URL string
	Err         error
}

// Error says what is not known, and why. An answer names its request by itself.
func (e *UnclearError) Error() string {
	var answer *StatusError
	var unmarked *UnmarkedError
	if errors.As(e.Err, &answer) || errors.As(e.Err, &unmarked) {
		return fmt.Sprintf("%v; it may have been carried out", e.Err)
	}
	return fmt.Sprintf("%s %s may have been carried out: %v", e.Method, e.URL, e.Err)
}

// Unwrap returns the cause.
func (e *UnclearError) Unwrap() error { return e.Err }

// ForeignError is an answer of a host that is not the configured server and that cannot be taken for an answer of the
// server, or a write that would have gone there.
type ForeignError struct {
	Method, Host string
	// Status is 0 when nothing was sent.
	Status int
	Reason string
}

// Error names the host.
func (e *ForeignError) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s to another host, %s: %s", e.Method, e.Host, e.Reason)
	}
	return fmt.Sprintf("%s was redirected to another host, %s, which answered %d %s: %s",
		e.Method, e.Host, e.Status, http.StatusText(e.Status), e.Reason)
}

// RedirectError is a redirect that was not followed.
type RedirectError struct {
	Method, From, To string
	Status           int
	Reason           string
}

// Error returns both addresses.
func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s %s was redirected to %s: %s", e.Method, e.From, e.To, e.Reason)
}

// ReadOnlyError is a request that read-only mode kept back. Nothing was sent.
type ReadOnlyError struct{ Method, URL string }

// Error names the request.
func (e *ReadOnlyError) Error() string {
	return fmt.Sprintf("read-only: %s %s was not sent", e.Method, e.URL)
}

// TimeoutError is a request in which nothing moved for Silence.
type TimeoutError struct{ Silence time.Duration }

// Error returns the time waited.
func (e *TimeoutError) Error() string { return fmt.Sprintf("the server was silent for %s", e.Silence) }

// Timeout marks it as a timeout, as net.Error does.
func (e *TimeoutError) Timeout() bool { return true }

// Bare takes off what net/http's client puts around an error if the error names the request by itself.
func Bare(err error) error {
	var around *url.Error
	if !errors.As(err, &around) {
		return err
	}
	var (
		answer   *StatusError
		unmarked *UnmarkedError
		rejected *RejectedError
		unclear  *UnclearError
		foreign  *ForeignError
		redirect *RedirectError
		readOnly *ReadOnlyError
	)
	if errors.As(err, &answer) || errors.As(err, &unmarked) || errors.As(err, &rejected) || errors.As(err,
		&unclear) || errors.As(err, &foreign) || errors.As(err, &redirect) || errors.As(err, &readOnly) {
		return around.Err
	}
	return err
}
