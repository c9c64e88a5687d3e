package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeClock never waits: sleeping moves it, and timers fire by hand.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps []time.Duration
	timers []*fakeTimer
	// onSleep runs before each sleep.
	onSleep func()
}

func newClock() *fakeClock { return &fakeClock{now: time.Now()} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	if c.onSleep != nil {
		c.onSleep()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sleeps = append(c.sleeps, d)
	c.now = c.now.Add(d)
	return nil
}

func (c *fakeClock) Rest(d time.Duration) { _ = c.Sleep(context.Background(), d) }

func (c *fakeClock) AfterFunc(d time.Duration, f func()) timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &fakeTimer{d: d, fire: f}
	c.timers = append(c.timers, t)
	return t
}

func (c *fakeClock) timer(i int) *fakeTimer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.timers[i]
}

type fakeTimer struct {
	mu      sync.Mutex
	d       time.Duration
	fire    func()
	resets  int
	stopped bool
}

func (t *fakeTimer) Reset(time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.resets++
	return true
}

func (t *fakeTimer) Stop() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	return true
}

// noJitter always takes the bound, so that waits are known.
func noJitter(d time.Duration) time.Duration { return d }

type baseFunc func(*http.Request) (*http.Response, error)

func (f baseFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

const serverURL = "https://user@art.example.com/artifactory/"

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

// overBase makes a transport for serverURL over a scripted base, with a clock that does not wait.
func overBase(t *testing.T, o Options, base baseFunc) (*Transport, *fakeClock) {
	t.Helper()
	if o.Server == nil {
		o.Server = mustURL(t, serverURL)
	}
	o.Base = base
	c := newClock()
	return newTransport(o, c, noJitter), c
}

// script answers one request after another and remembers them.
type script struct {
	mu    sync.Mutex
	steps []baseFunc
	seen  []*http.Request
	body  []string
}

func (s *script) base(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := ""
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		text = string(raw)
		_ = r.Body.Close()
	}
	s.seen, s.body = append(s.seen, r), append(s.body, text)
	if len(s.seen) > len(s.steps) {
		return nil, errors.New("more requests than scripted: " + r.Method + " " + r.URL.String())
	}
	return s.steps[len(s.seen)-1](r)
}

// answer makes a step; header are pairs.
func answer(status int, body string, header ...string) baseFunc {
	return func(r *http.Request) (*http.Response, error) {
		resp := &http.Response{
			StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
			ContentLength: int64(len(body)), Request: r,
		}
		for i := 0; i < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp, nil
	}
}

func fails(err error) baseFunc {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func request(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	return requestIn(t.Context(), t, method, address, body)
}

func requestIn(ctx context.Context, t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, r)
	require.NoError(t, err)
	return req
}

// send returns status, body and error of one request.
func send(t *testing.T, rt http.RoundTripper, req *http.Request) (int, string, error) {
	t.Helper()
	resp, err := rt.RoundTrip(req)
	if err != nil {
		require.Nil(t, resp)
		return 0, "", err
	}
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, string(raw), err
}

// serve starts a server; over makes a transport for it that uses the network and does not wait.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func over(t *testing.T, server string, o Options) *Transport {
	t.Helper()
	o.Server = mustURL(t, server)
	tr := newTransport(o, newClock(), noJitter)
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// basic is an Authorizer.
type basic struct{ user, password string }

func (b basic) Authorize(r *http.Request) error {
	r.SetBasicAuth(b.user, b.password)
	return nil
}

type brokenAuth struct{ err error }

func (b brokenAuth) Authorize(*http.Request) error { return b.err }

// statusOf returns the status of a *StatusError in err.
func statusOf(err error) (status int, ok bool) {
	var answer *StatusError
	if errors.As(err, &answer) {
		return answer.Status, true
	}
	return 0, false
}
