package failure_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// answer is an error with the status of an answer, as the clients have it.
type answer int

func (a answer) Error() string   { return fmt.Sprintf("answer %d", int(a)) }
func (a answer) HTTPStatus() int { return int(a) }

func TestError(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	tests := map[string]failure.Failure{
		"message":                {Message: "message", Hint: "never shown"},
		"source: message":        {Side: failure.Source, Message: "message"},
		"message: cause":         {Message: "message", Err: cause},
		"target: message: cause": {Side: failure.Target, Message: "message", Err: cause},
	}
	for want, f := range tests {
		assert.EqualError(t, &f, want)
		assert.Equal(t, f.Err, errors.Unwrap(&f))
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	require.NoError(t, failure.At(failure.Source, nil, "message", "hint"))

	err := failure.At(failure.Source, failure.ErrNotFound, "message", "hint")
	var f *failure.Failure
	require.ErrorAs(t, err, &f)
	assert.Equal(t, failure.Failure{Side: failure.Source, Message: "message", Hint: "hint", Err: failure.ErrNotFound}, *f)
	require.ErrorIs(t, err, failure.ErrNotFound)

	wrapped := fmt.Errorf("wrapped: %w", err)
	assert.Equal(t, wrapped, failure.At(failure.Target, wrapped, "other", "other"),
		"the failure closest to the cause knows best")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	refusal := failure.Refuse(failure.Target, "hint", "%s holds %d", "x", 2)
	assert.EqualError(t, refusal, "target: x holds 2")
	assert.True(t, failure.IsRefusal(refusal))
	assert.True(t, failure.IsRefusal(fmt.Errorf("wrapped: %w", refusal)))
	assert.True(t, failure.IsRefusal(failure.At(failure.Source, refusal, "other", "")))
	for _, err := range []error{nil, errors.New("plain"), &failure.Failure{Message: "plain"}} {
		assert.False(t, failure.IsRefusal(err))
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	status, ok := failure.Status(failure.At(failure.Source, fmt.Errorf("wrapped: %w", answer(403)), "message", ""))
	assert.True(t, ok)
	assert.Equal(t, 403, status)
	for _, err := range []error{nil, errors.New("403"), failure.ErrNotFound} {
		_, ok = failure.Status(err)
		assert.False(t, ok)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	one := &failure.Failure{Message: "one", Hint: "do this"}
	require.NoError(t, failure.Join(nil, nil))
	err := failure.Join(nil, one, failure.ErrNotFound)
	assert.Equal(t, "one; not found", err.Error(), "in one line")
	var f *failure.Failure
	require.ErrorAs(t, err, &f)
	assert.Equal(t, "do this", f.Hint)
	require.ErrorIs(t, err, failure.ErrNotFound)
}
