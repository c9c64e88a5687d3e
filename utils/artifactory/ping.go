package artifactory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/signed-promote/signed-promote/utils/transport"
)

const (
	pingPath = "api/system/ping"
	// usualEnd is how most URLs of Artifactory end; that of the platform does not.
	usualEnd = "artifactory/"
)

// NoServerError says that something answers at the configured URL, and that it is no Artifactory.
type NoServerError struct {
	// URL is the configured one, Better another one at which Artifactory answers, or empty.
	URL, Better string
	// Err is what was answered.
	Err error
}

// Error names the URL.
func (e *NoServerError) Error() string {
	text := "there is no Artifactory at the URL " + e.URL
	switch {
	case e.Better != "":
		text += fmt.Sprintf("; did you mean %s?", e.Better)
	case !strings.HasSuffix(e.URL, "/"+usualEnd):
		text += ", which usually ends in /artifactory"
	}
	return fmt.Sprintf("%s: %v", text, e.Err)
}

// Unwrap returns what was answered.
func (e *NoServerError) Unwrap() error { return e.Err }

// Advice reports what can be done.
func (e *NoServerError) Advice() string {
	return "Check --url, or the URL of Artifactory that 'jf config show' names; that of the platform is another one. If it is right, Artifactory " +
		"may be starting: " + pingPath + " does not answer as Artifactory does."
}

// orNoServer looks whether an answer that Artifactory does not give comes from a URL without any. Whatever else the
// reason is, err stays.
func (c *Client) orNoServer(ctx context.Context, err error) error {
	var unclear *transport.UnclearError
	if err == nil || errors.As(err, &unclear) || !strangeAnswer(err) {
		return err
	}
	answers, failed := c.pinged.Get(struct{}{}, func() (bool, error) { return c.isArtifactory(ctx, c.base) })
	if failed != nil || answers {
		return err
	}
	none := &NoServerError{URL: c.base.Redacted(), Err: err}
	if better := c.base.JoinPath(usualEnd); !strings.HasSuffix(c.base.Path, "/"+usualEnd) {
		if found, failed := c.isArtifactory(ctx, better); failed == nil && found {
			none.Better = better.Redacted()
		}
	}
	return none
}

// strangeAnswer reports an answer that says nothing of what was asked.
func strangeAnswer(err error) bool {
	var (
		unmarked   *transport.UnmarkedError
		foreign    *transport.ForeignError
		redirect   *transport.RedirectError
		unreadable *unreadableError
	)
	return errors.As(err, &unmarked) || errors.As(err, &foreign) || errors.As(err, &redirect) || errors.As(err,
		&unreadable)
}

// unreadableError is a success whose body is not what the call is answered with.
type unreadableError struct {
	call call
	err  error
}

// Error names the call.
func (e *unreadableError) Error() string {
	return fmt.Sprintf("%s: the answer cannot be read: %v", e.call, e.err)
}

// Unwrap returns the cause.
func (e *unreadableError) Unwrap() error { return e.err }

// isArtifactory asks a URL whether Artifactory answers there. A refusal of its own counts; the error is one that says
// neither.
func (c *Client) isArtifactory(ctx context.Context, base *url.URL) (bool, error) {
	var said []byte
	err := New(base, c.http).send(transport.Unrepeated(ctx), call{method: http.MethodGet, path: pingPath},
		func(s services) (err error) {
			said, err = s.Ping()
			return err
		})
	var refusal *StatusError
	switch {
	case errors.As(err, &refusal):
		return true, nil
	case strangeAnswer(err):
		return false, nil
	default:
		return strings.TrimSpace(string(said)) == "OK", err
	}
}
