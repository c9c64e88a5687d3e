package transport

import (
	"context"
	"errors"
	"time"
)

// idleTimer ends a request in which nothing has moved for too long. It guards one exchange, from its start to the last
// byte of the answer.
type idleTimer struct {
	limit  time.Duration
	timer  timer
	ctx    context.Context
	cancel context.CancelCauseFunc
	// reason is the cause of the context's end if it was the silence that ended it.
	reason *TimeoutError
}

func withIdleTimeout(ctx context.Context, c clock, limit time.Duration) (context.Context, *idleTimer) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &idleTimer{limit: limit, ctx: ctx, cancel: cancel, reason: &TimeoutError{Silence: limit}}
	t.timer = c.AfterFunc(limit, func() { cancel(t.reason) })
	return ctx, t
}

// touch reports that something moved.
func (t *idleTimer) touch() {
	if t.ctx.Err() == nil {
		t.timer.Reset(t.limit)
	}
}

// stop ends the guard and frees what the exchange holds.
func (t *idleTimer) stop() {
	t.timer.Stop()
	t.cancel(nil)
}

// explain names the timeout where the network only reports the cancellation that it caused.
func (t *idleTimer) explain(err error) error {
	if err != nil && errors.Is(context.Cause(t.ctx), t.reason) {
		return t.reason
	}
	return err
}
