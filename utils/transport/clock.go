package transport

import (
	"context"
	"time"
)

// clock is time, so that tests need not wait.
type clock interface {
	Now() time.Time
	// Sleep waits, or returns the context's error as soon as it ends.
	Sleep(ctx context.Context, d time.Duration) error
	// Rest is Sleep for what no request waits for alone: nothing ends it early.
	Rest(d time.Duration)
	// AfterFunc calls f in its own goroutine after d.
	AfterFunc(d time.Duration, f func()) timer
}

type timer interface {
	Reset(d time.Duration) bool
	Stop() bool
}

// systemClock is real time; sleep replaces its Sleep unless nil.
type systemClock struct {
	sleep func(context.Context, time.Duration) error
}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) timer { return time.AfterFunc(d, f) }

func (c systemClock) Sleep(ctx context.Context, d time.Duration) error {
	if c.sleep != nil {
		return c.sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c systemClock) Rest(d time.Duration) { _ = c.Sleep(context.Background(), d) }
