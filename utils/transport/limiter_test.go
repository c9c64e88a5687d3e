package transport

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crowded is a server with a limit, in the time of the bubble: every request takes 20 ms, one that is refused 1.
type crowded struct {
	// takes is how many requests it takes at one time, perSecond how many in a second; 0 is no bound.
	takes, perSecond int
	// asks is the Retry-After in seconds, "" for none; status that of a refusal.
	asks   string
	status int

	mu             sync.Mutex
	inFlight, most int
	refusals       int
	begun          []time.Time
	// peaks holds how many were in flight as each of begun began, that one included.
	peaks  []int
	second time.Time
	taken  int
}

func (c *crowded) base(r *http.Request) (*http.Response, error) {
	if !c.enter() {
		time.Sleep(time.Millisecond)
		return answer(c.status, "too many", "Retry-After", c.asks)(r)
	}
	time.Sleep(20 * time.Millisecond)
	c.mu.Lock()
	c.inFlight--
	c.mu.Unlock()
	return answer(200, "")(r)
}

func (c *crowded) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.second) >= time.Second {
		c.second, c.taken = now, 0
	}
	c.begun, c.peaks = append(c.begun, now), append(c.peaks, c.inFlight+1)
	if c.takes > 0 && c.inFlight >= c.takes || c.perSecond > 0 && c.taken >= c.perSecond {
		c.refusals++
		return false
	}
	c.inFlight++
	c.taken++
	c.most = max(c.most, c.inFlight)
	return true
}

// crowd sends reads at once through one transport, and tells how many succeeded. The time is that of the bubble.
func crowd(t *testing.T, reads int, o Options, c *crowded) (succeeded int, tr *Transport) {
	t.Helper()
	o.Server, o.Base = mustURL(t, serverURL), baseFunc(c.base)
	tr = newTransport(o, systemClock{}, noJitter)
	var group sync.WaitGroup
	var mu sync.Mutex
	for range reads {
		group.Go(func() {
			status, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
			mu.Lock()
			defer mu.Unlock()
			if err == nil && status == http.StatusOK {
				succeeded++
			}
		})
	}
	group.Wait()
	assert.Zero(t, tr.limiter.inFlight, "every slot is given back")
	assert.Zero(t, tr.limiter.waiting())
	return succeeded, tr
}

func TestTheBoundGrowsWhileTheServerKeepsUp(t *testing.T) {
	t.Parallel()
	for most, want := range map[int]int{4: 4, 16: 16, 64: 64} {
		synctest.Test(t, func(t *testing.T) {
			c := &crowded{}
			done, _ := crowd(t, 1000, Options{MaxInFlight: most}, c)
			assert.Equal(t, 1000, done)
			assert.Equal(t, want, c.most)
			first := c.begun[0]
			at := 0
			for _, begun := range c.begun {
				if begun.Equal(first) {
					at++
				}
			}
			assert.Equal(t, min(initialWindow, most), at, "it begins with the default at most")
		})
	}
}

// One answer speaks for the whole run: nobody sends anything before the time is over, neither what was refused nor what
// waited, read or write; and then one goes first.
func TestNothingIsSentBeforeTheWaitIsOver(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			c := &crowded{takes: 10, asks: "5", status: status}
			began := time.Now()
			done, tr := crowd(t, 200, Options{}, c)
			assert.Equal(t, 200, done)
			require.Positive(t, c.refusals)
			assert.EqualValues(t, c.refusals, tr.Counters().Limited)
			assert.EqualValues(t, 200+c.refusals, tr.Counters().Requests)
			over := began.Add(5*time.Second + time.Millisecond)
			at := slices.IndexFunc(c.begun, began.Before)
			assert.Equal(t, initialWindow, at, "those were on their way together")
			assert.Equal(t, over, c.begun[at], "the next one begins as the time is over")
			assert.True(t, c.begun[at+1].After(over), "and it goes alone")
		})
	}
}

func TestAWriteWaitsToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []baseFunc{answer(429, "", "Retry-After", "7"), answer(201, "")}}
		tr := newTransport(Options{Server: mustURL(t, serverURL), Base: baseFunc(s.base)}, systemClock{}, noJitter)
		began := time.Now()
		_, _, err := send(t, tr, request(t, http.MethodPut, item, "x"))
		status, _ := statusOf(err)
		require.Equal(t, http.StatusTooManyRequests, status, "it is not repeated")
		require.Equal(t, began, time.Now())
		_, _, err = send(t, tr, request(t, http.MethodPut, item, "x"))
		require.NoError(t, err)
		assert.Equal(t, 7*time.Second, time.Since(began))
	})
}

// All requests of a moment that are refused count as one refusal.
func TestARefusalHalvesTheBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowded{takes: 9, asks: "1", status: http.StatusTooManyRequests}
		done, tr := crowd(t, 16+8*4, Options{}, c)
		assert.Equal(t, 16+8*4, done)
		assert.Equal(t, 16-9, c.refusals)
		for at, peak := range c.peaks[16:] {
			assert.LessOrEqual(t, peak, 8, "request %d", 16+at)
		}
		assert.Equal(t, 8, tr.limiter.slowStartThreshold)
	})
}

// Whatever a server takes, all that is asked for arrives, with the usual number of tries for each; and it is not asked
// for much in vain.
func TestEverythingArrivesAtACrowdedServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*crowded{
		"one at a time":        {takes: 1, asks: "1"},
		"two":                  {takes: 2, asks: "1"},
		"five":                 {takes: 5, asks: "3"},
		"forty":                {takes: 40, asks: "1"},
		"ten a second":         {perSecond: 10, asks: "1"},
		"a hundred a second":   {perSecond: 100, asks: "1"},
		"five, without a time": {takes: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c.status = http.StatusTooManyRequests
				const reads = 3000
				done, _ := crowd(t, reads, Options{MaxInFlight: 128}, c)
				assert.Equal(t, reads, done)
				assert.Less(t, c.refusals, reads/5)
				t.Logf("%d refusals, %v", c.refusals, c.begun[len(c.begun)-1].Sub(c.begun[0]))
			})
		})
	}
}

func TestAWaitForASlotEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1, systemClock{})
		taken, err := l.enter(t.Context(), false)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() {
			_, err := l.enter(ctx, false)
			done <- err
		}()
		synctest.Wait()
		require.Empty(t, done, "it waits")
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		assert.Zero(t, l.waiting())
		taken.leave(true)
		taken.leave(true)
		assert.Zero(t, l.inFlight, "a slot is given back once")
		_, err = l.enter(ctx, false)
		require.ErrorIs(t, err, context.Canceled, "one that has ended gets none")
		assert.Zero(t, l.inFlight)
	})
}

func TestASlotThatNobodyWantsAnyMoreGoesToTheNext(t *testing.T) {
	t.Parallel()
	l := newLimiter(1, systemClock{})
	taken, err := l.enter(t.Context(), false)
	require.NoError(t, err)
	late, next := &slot{limiter: l, granted: make(chan struct{})}, &slot{limiter: l, granted: make(chan struct{})}
	place := l.fresh.PushBack(late)
	l.fresh.PushBack(next)
	taken.leave(true)
	<-late.granted
	l.giveUp(late, &l.fresh, place)
	<-next.granted
	next.leave(true)
	assert.Zero(t, l.inFlight)
}

// Who was refused goes before those who are new.
func TestARepetitionGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1, systemClock{})
		taken, err := l.enter(t.Context(), false)
		require.NoError(t, err)
		var order []string
		enter := func(name string, repeated bool) {
			s, err := l.enter(t.Context(), repeated)
			assert.NoError(t, err)
			order = append(order, name)
			s.leave(true)
		}
		go enter("new", false)
		synctest.Wait()
		go enter("repeated", true)
		synctest.Wait()
		taken.leave(true)
		synctest.Wait()
		assert.Equal(t, []string{"repeated", "new"}, order)
	})
}

func TestAWaitIsObeyedForAMinuteAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(16, systemClock{})
		for wait, want := range map[time.Duration]time.Duration{3 * time.Second: 3 * time.Second, 24 * time.Hour: maxObeyed} {
			began := time.Now()
			taken, err := l.enter(t.Context(), false)
			require.NoError(t, err)
			taken.refused(wait)
			s, err := l.enter(t.Context(), false)
			require.NoError(t, err)
			assert.Equal(t, want, time.Since(began))
			s.leave(true)
		}
	})
}

// A wait that the server makes longer is not over before.
func TestALaterWaitCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(16, systemClock{})
		first, err := l.enter(t.Context(), false)
		require.NoError(t, err)
		second, err := l.enter(t.Context(), false)
		require.NoError(t, err)
		began := time.Now()
		first.refused(2 * time.Second)
		entered := make(chan time.Duration, 1)
		go func() {
			s, err := l.enter(t.Context(), false)
			entered <- time.Since(began)
			assert.NoError(t, err)
			s.leave(true)
		}()
		synctest.Wait()
		time.Sleep(time.Second)
		second.refused(5 * time.Second)
		assert.Equal(t, 6*time.Second, <-entered)
	})
}

// Whoever does not want to wait so long goes; the others are not kept by that.
func TestAWaitThatTheServerAsksForEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(16, systemClock{})
		taken, err := l.enter(t.Context(), false)
		require.NoError(t, err)
		taken.refused(time.Minute)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = l.enter(ctx, false)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(began))
		s, err := l.enter(t.Context(), false)
		require.NoError(t, err)
		assert.Equal(t, time.Minute, time.Since(began))
		s.leave(true)
	})
}

// What is not about the load leaves the window alone: the status of an error, and an answer to a request from before
// the last refusal.
func TestWhatDoesNotChangeTheBound(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]baseFunc{
		"500": answer(500, ""), "503 without a time": answer(503, ""),
		"404": answer(404, ""), "408": answer(408, "", "Retry-After", "1"),
	} {
		s := &script{steps: []baseFunc{first, answer(200, "")}}
		tr, _ := overBase(t, Options{}, s.base)
		_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
		require.NoError(t, err, name)
		assert.Equal(t, fmt.Sprint(initialWindow, initialWindow), fmt.Sprint(tr.limiter.window, tr.limiter.slowStartThreshold), name)
		assert.Zero(t, tr.Counters().Limited, name)
	}
	l := newLimiter(2, systemClock{})
	old, err := l.enter(t.Context(), false)
	require.NoError(t, err)
	other, err := l.enter(t.Context(), false)
	require.NoError(t, err)
	other.refused(0)
	l.fresh.PushBack(&slot{limiter: l, granted: make(chan struct{})})
	old.leave(true)
	assert.Equal(t, 1, l.window)
	assert.Zero(t, l.answers)
}
