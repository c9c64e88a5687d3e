package transport

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func assertAs[T error](err error, target *T) bool { return errors.As(err, target) }

func TestStatusIsFoundThroughWrapping(t *testing.T) {
	t.Parallel()
	answer := &StatusError{Method: "GET", URL: "https://h/x", Status: 503, Body: "try later"}
	status, ok := statusOf(fmt.Errorf("reading: %w", &UnclearError{Method: "PUT", URL: "https://h/x", Err: answer}))
	assert.True(t, ok)
	assert.Equal(t, 503, status)
	assert.Equal(t, 503, answer.HTTPStatus())
	for _, err := range []error{nil, errors.New("x"), &ForeignError{Status: 404}, &RedirectError{Status: 302}} {
		_, ok := statusOf(err)
		assert.False(t, ok)
	}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	status := &StatusError{Method: "GET", URL: "https://h/x", Status: 503, Body: "try later"}
	tests := []struct {
		err  error
		want string
	}{
		{status, "GET https://h/x: 503 Service Unavailable: try later"},
		{&StatusError{Method: "GET", URL: "https://h/x", Status: 500}, "GET https://h/x: 500 Internal Server Error"},
		{
			&UnclearError{Method: "PUT", URL: "https://h/x", Err: errors.New("cut")},
			"PUT https://h/x may have been carried out: cut",
		},
		{&ForeignError{Method: "PUT", Host: "s", Reason: "no"}, "PUT to another host, s: no"},
		{
			&ForeignError{Method: "GET", Host: "s", Status: 404, Reason: "no"},
			"GET was redirected to another host, s, which answered 404 Not Found: no",
		},
		{&RedirectError{Method: "GET", From: "a", To: "b", Reason: "no"}, "GET a was redirected to b: no"},
		{&ReadOnlyError{Method: "PUT", URL: "https://h/x"}, "read-only: PUT https://h/x was not sent"},
		{&TimeoutError{Silence: 2 * time.Second}, "the server was silent for 2s"},
	}
	for _, tt := range tests {
		assert.EqualError(t, tt.err, tt.want)
	}
	assert.True(t, (&TimeoutError{}).Timeout())
}
