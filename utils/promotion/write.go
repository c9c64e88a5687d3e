package promotion

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// firstWait and looks bound the patience with a server whose answers lag behind its writes: 6 looks over about 3
// seconds.
const (
	firstWait = 100 * time.Millisecond
	looks     = 6
)

// write makes one change. A change that failed, or whose outcome is not known, is never blindly repeated: the state is
// looked at first, and only when the server failed (not: refused) and the state shows that nothing happened, again is
// tried.
func (e *Engine) write(ctx context.Context, first, again func(context.Context) error,
	done func(context.Context) (bool, error),
) error {
	change := first
	for attempt := 0; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		// A change under way is finished: cutting it off would only leave its outcome unknown.
		uncut := context.WithoutCancel(ctx)
		err := change(uncut)
		if err == nil {
			return nil
		}
		happened, lookErr := done(uncut)
		switch {
		case happened:
			return nil
		case lookErr != nil:
			return failure.Join(err, lookErr)
		case refused(err) || attempt >= e.Attempts:
			return err
		}
		if err := e.Sleep(ctx, max(firstWait<<attempt, failure.Patience(err))); err != nil {
			return err
		}
		change = again
	}
}

// stopError ends a write before it is sent: something that it relies on has changed.
type stopError struct{ error }

// Unwrap returns the reason.
func (e stopError) Unwrap() error { return e.error }

// refused reports that the server decided against the change, or that it may not be made any more, so that asking again
// is of no use.
func refused(err error) bool {
	var stop stopError
	status, answered := failure.Status(err)
	return errors.As(err, &stop) || answered && status < http.StatusInternalServerError && status != http.StatusTooManyRequests
}

// shows returns a look at the state: whether a tag or digest of an image resolves to d.
func (e *Engine) shows(image reference.Image, ref string, d digest.Digest) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		got, err := e.holding(ctx, image, ref)
		return err == nil && got == d, err
	}
}

// holding reports what a tag or digest of an image resolves to at this moment; "" is nothing.
func (e *Engine) holding(ctx context.Context, image reference.Image, ref string) (digest.Digest, error) {
	d, err := e.Registry.Resolve(ctx, image, ref)
	if errors.Is(err, failure.ErrNotFound) {
		return "", nil
	}
	return d, err
}

// await reads back what was written. A server may lag: what is not there yet, or still as it was before, is looked for
// again. A third digest is somebody else's, and an error at once.
func (e *Engine) await(ctx context.Context, image reference.Image, ref string, want, before digest.Digest) error {
	name := reference.Reference{Image: image, Tag: ref}
	for attempt := range looks {
		got, err := e.Registry.Resolve(ctx, image, ref)
		switch {
		case err == nil && got == want:
			return nil
		case err == nil && got != before:
			return &failure.Failure{
				Side: failure.Target, Message: fmt.Sprintf("%s holds %s after %s was written", name, got, want),
				Hint: "Somebody else wrote there at the same time. Look at it with 'jf signed-promote status', then run the command again.",
			}
		case err != nil && !errors.Is(err, failure.ErrNotFound):
			return explain(failure.Target, err, name.String(), "Read on "+image.String())
		}
		if err := e.Sleep(ctx, firstWait<<attempt); err != nil {
			return err
		}
	}
	return &failure.Failure{
		Side: failure.Target, Message: fmt.Sprintf("%s was written and does not show %s", name, want),
		Hint: "The server may need a moment, or hide what you may not read: you need Read on " + image.String() +
			". Run the same command again; what is done already is not done twice.",
	}
}
