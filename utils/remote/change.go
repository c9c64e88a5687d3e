package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// FirstWait and Looks bound the patience with a server whose answers lag behind its writes: 6 looks over about 3
// seconds.
const (
	FirstWait = 100 * time.Millisecond
	Looks     = 6
)

// Write makes one change. A change that failed, or whose outcome is not known, is never blindly repeated: the state is
// looked at first, and only when the server failed (not: refused) and the state shows that nothing happened, again is
// tried.
func (s *Server) Write(ctx context.Context, first, again func(context.Context) error,
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
		case Refused(err) || attempt >= s.Attempts:
			return err
		}
		if err := s.Sleep(ctx, max(FirstWait<<attempt, failure.Patience(err))); err != nil {
			return err
		}
		change = again
	}
}

// StopError ends a write before it is sent: something that it relies on has changed.
type StopError struct{ Reason error }

// Error returns the text of the reason.
func (e StopError) Error() string { return e.Reason.Error() }

// Unwrap returns the reason.
func (e StopError) Unwrap() error { return e.Reason }

// Refused reports that the server decided against the change, or that it may not be made any more, so that asking again
// is of no use.
func Refused(err error) bool {
	var stop StopError
	status, answered := failure.Status(err)
	return errors.As(err, &stop) || answered && status < http.StatusInternalServerError && status != http.StatusTooManyRequests
}

// Await reads back what was written. A server may lag: what is not there yet, or still as it was before, is looked for
// again. A third digest is somebody else's, and an error at once.
func (s *Server) Await(ctx context.Context, image reference.Image, ref string, want, before digest.Digest) error {
	name := reference.Reference{Image: image, Tag: ref}
	for attempt := range Looks {
		got, err := s.Registry.Resolve(ctx, image, ref)
		switch {
		case err == nil && got == want:
			return nil
		case err == nil && got != before:
			return &failure.Failure{
				Side: failure.Target, Message: fmt.Sprintf("%s holds %s after %s was written", name, got, want),
				Hint: "Somebody else wrote there at the same time. Look at it with 'jf signed-promote status', then run the command again.",
			}
		case err != nil && !errors.Is(err, failure.ErrNotFound):
			return Explain(failure.Target, err, name.String(), "Read on "+image.String())
		}
		if err := s.Sleep(ctx, FirstWait<<attempt); err != nil {
			return err
		}
	}
	return &failure.Failure{
		Side: failure.Target, Message: fmt.Sprintf("%s was written and does not show %s", name, want),
		Hint: "The server may need a moment, or hide what you may not read: you need Read on " + image.String() +
			". Run the same command again; what is done already is not done twice.",
	}
}

// Ask repeats a question that the server failed to answer: unlike a write it may be asked again without a look at the
// state.
func (s *Server) Ask(ctx context.Context, question func() error) error {
	for attempt := 0; ; attempt++ {
		err := question()
		if err == nil || Refused(err) || attempt >= s.Attempts {
			return err
		}
		if err := s.Sleep(ctx, max(FirstWait<<attempt, failure.Patience(err))); err != nil {
			return err
		}
	}
}

// Deletion deletes the folder of a tag or digest: what is its own. A 404 after which it is still there is the refusal
// of a server that hides what is not allowed.
func (s *Server) Deletion(image reference.Image, name string) tagfolder.Deletion {
	folders := struct {
		Catalog
		Mover
	}{s.Catalog, s.Mover}
	return tagfolder.Deletion{Server: folders, Path: image.Folder(name), Try: s.Write, Gone: s.absent(image, name)}
}

// absent returns a look at the state: whether a tag or digest of an image is gone.
func (s *Server) absent(image reference.Image, ref string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		d, err := s.SureDigestOf(ctx, "", image, ref)
		return err == nil && d == "", err
	}
}

// Sleep waits for d or until the context ends; it is what Engine.Sleep is outside tests.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
