package transport

import (
	"container/list"
	"context"
	"sync"
	"time"
)

const (
	// initialWindow is how many requests a run begins with at one time; from there it grows, as long as the server
	// keeps up.
	initialWindow = DefaultMaxInFlight
	// A window that is half of what was too much grows by one after so many rounds of answers, twice as many each time
	// that it was too much again: to find out costs all requests a wait, of a second or more.
	firstPatience, mostPatience = 8, 256
)

// limiter bounds the requests of a run at one time, all of them together, and adapts to what the server takes. The
// window grows by one with every answer while requests wait. When the server asks for patience, everything waits for as
// long as it asked; then one request goes first, and the window grows to half of what was too much as quickly, and from
// there slowly.
type limiter struct {
	clock clock
	most  int

	mu sync.Mutex
	// window is how many may be in flight, inFlight how many are. From slowStartThreshold on the window grows slowly.
	window, slowStartThreshold, inFlight int
	// round tells requests from before the last refusal from those after it: only the latter say anything about the
	// window of now.
	round int
	// answers were good since the window changed; patience is how many rounds of them it takes to grow slowly.
	answers, patience int
	// until is when the wait is over that the server asked for.
	until  time.Time
	waking bool
	// repeats go before what is new: they have waited longest, and can be tried only so often.
	repeats, fresh list.List
}

func newLimiter(most int, c clock) *limiter {
	return &limiter{
		clock: c, most: most, window: min(initialWindow, most), slowStartThreshold: most, patience: firstPatience,
	}
}

// slot is the leave to have one request in flight.
type slot struct {
	limiter *limiter
	round   int
	left    bool
	granted chan struct{}
}

// enter waits for a slot, or until the context ends. repeated says that the request was refused before.
func (l *limiter) enter(ctx context.Context, repeated bool) (*slot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &slot{limiter: l, granted: make(chan struct{})}
	queue := &l.fresh
	if repeated {
		queue = &l.repeats
	}
	l.mu.Lock()
	place := queue.PushBack(s)
	l.admit()
	l.mu.Unlock()
	select {
	case <-s.granted:
		return s, nil
	case <-ctx.Done():
		l.giveUp(s, queue, place)
		return nil, ctx.Err()
	}
}

// giveUp takes back a place in a queue, or the slot that was given in the same moment.
func (l *limiter) giveUp(s *slot, queue *list.List, place *list.Element) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-s.granted:
		l.inFlight--
		l.admit()
	default:
		queue.Remove(place)
	}
}

// admit returns slots to those who wait, as many as there are. During a wait it does so when that is over.
func (l *limiter) admit() {
	for l.inFlight < l.window && l.waiting() > 0 {
		if wait := l.until.Sub(l.clock.Now()); wait > 0 {
			l.wakeAfter(wait)
			return
		}
		s := l.next()
		s.round = l.round
		l.inFlight++
		close(s.granted)
	}
}

func (l *limiter) waiting() int { return l.repeats.Len() + l.fresh.Len() }

func (l *limiter) next() *slot {
	queue := &l.repeats
	if queue.Len() == 0 {
		queue = &l.fresh
	}
	s, _ := queue.Remove(queue.Front()).(*slot)
	return s
}

// wakeAfter admits again when the wait is over, unless it has become longer meanwhile.
func (l *limiter) wakeAfter(wait time.Duration) {
	if l.waking {
		return
	}
	l.waking = true
	over := l.until
	go func() {
		l.clock.Rest(wait)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waking = false
		if !l.until.After(over) {
			l.until = time.Time{}
		}
		l.admit()
	}()
}

// leave returns the slot back. good says that the server answered, and neither failed nor refused. Leaving again does
// nothing.
func (s *slot) leave(good bool) {
	l := s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.left {
		return
	}
	s.left = true
	if good && s.round == l.round {
		l.grow()
	}
	l.inFlight--
	l.admit()
}

// grow notes a good answer. Only where requests wait does the window matter, and only there is it known to be borne.
func (l *limiter) grow() {
	if l.waiting() == 0 || l.window >= l.most {
		return
	}
	l.answers++
	if l.window >= l.slowStartThreshold && l.answers < l.window*l.patience {
		return
	}
	l.answers = 0
	l.window++
}

// refused returns the slot back after the server asked for patience. wait is for how long, 0 if it did not say. All
// that were in flight at that time count as one refusal.
func (s *slot) refused(wait time.Duration) {
	l := s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	s.left = true
	if until := l.clock.Now().Add(min(wait, maxObeyed)); wait > 0 && until.After(l.until) {
		l.until = until
	}
	if s.round == l.round {
		l.shrink(wait > 0)
	}
	l.inFlight--
	l.admit()
}

// shrink halves what was in flight, this request included. After a wait one goes first, since all the others would come
// at once.
func (l *limiter) shrink(waits bool) {
	l.round++
	l.answers, l.patience = 0, min(2*l.patience, mostPatience)
	l.slowStartThreshold = max(1, min(l.window, l.inFlight)/2)
	l.window = l.slowStartThreshold
	if waits {
		l.window = 1
	}
}
