package transport

import (
	"context"
	"sync"
	"time"
)

// watchdog ends a request in which nothing has moved for too long. It guards one exchange, from its start to the last
// byte of the answer.
type watchdog struct {
	silence time.Duration
	cancel  context.CancelFunc

	mu      sync.Mutex
	timer   timer
	stopped bool
	fired   bool
}

func watch(ctx context.Context, c clock, silence time.Duration) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancel(ctx)
	w := &watchdog{silence: silence, cancel: cancel}
	// Under the lock, since the timer may fire before it is stored.
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = c.AfterFunc(silence, w.bite)
	return ctx, w
}

func (w *watchdog) bite() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.stopped {
		w.fired = true
		w.cancel()
	}
}

// touch reports that something moved.
func (w *watchdog) touch() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.stopped && !w.fired {
		w.timer.Reset(w.silence)
	}
}

// stop ends the guard and frees what the exchange holds.
func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.timer.Stop()
	w.cancel()
}

// explain names the timeout where the network only reports the cancellation that it caused.
func (w *watchdog) explain(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && w.fired {
		return &TimeoutError{Silence: w.silence}
	}
	return err
}
