// Package transport is the one way to the network: an http.RoundTripper under both the REST client and the registry
// client.
//
// It sends credentials to the configured server alone, repeats reads and never writes, tells an unknown outcome from a
// failure, refuses writes in read-only mode before they leave, bounds and counts requests, and logs one redacted line
// for each.
//
// Redirects are followed inside RoundTrip. A client on top therefore never sees one, whatever redirect policy it has
// (client-go replaces it for some calls), and no error text of net/http can carry the signed query of a storage
// address.
package transport

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"time"
)

// Values for what Options leaves at zero.
const (
	DefaultAttempts     = 3
	DefaultWait         = 500 * time.Millisecond
	DefaultMaxInFlight  = 16
	DefaultReadTimeout  = 2 * time.Minute
	DefaultWriteTimeout = 15 * time.Minute
)

// Authorizer sets the credentials for the configured server. It is asked before every request, so a renewed token is
// used at once. It must only touch the headers.
type Authorizer interface {
	Authorize(req *http.Request) error
}

// Options tell how to reach one server. Only Server is needed.
type Options struct {
	// Server is the address of Artifactory, as in https://host/artifactory/. Without it every host is a foreign one.
	Server *url.URL
	// Auth returns the credentials; nil leaves those that a request to the server already carries.
	Auth Authorizer
	// TLS is copied. Client certificates in it are shown to Server only.
	TLS *tls.Config
	// UserAgent replaces that of the clients above; TraceID becomes the uber-trace-id header, as in jf, and goes to
	// Server only.
	UserAgent, TraceID string
	// Retry is the patience for reads; see Retries.
	Retry Retry
	// MaxInFlight bounds the requests at one time. Above the default the bound is reached only while the server keeps
	// up, and below it when the server asks for patience: see limiter.
	MaxInFlight int
	// ReadOnly refuses everything but GET, HEAD and the AQL search before it leaves.
	ReadOnly bool
	// Log receives a line for each request, without line end. It is called from many goroutines at once.
	Log func(line string)
	// ReadTimeout and WriteTimeout bound the silence in one request: the time in which no byte of a body moves in
	// either direction and no answer begins. An answer that keeps coming is never cut.
	ReadTimeout, WriteTimeout time.Duration
	// Base replaces the network in tests, and Sleep the waiting; it waits, or returns the context's error as soon as it
	// ends.
	Base  http.RoundTripper
	Sleep func(ctx context.Context, d time.Duration) error
}

// Transport carries every request of a run. It may be used by many goroutines.
type Transport struct {
	server          origin
	opts            Options
	own, foreign    http.RoundTripper
	limiter         *limiter
	backoff         backoff
	clock           clock
	counters        counters
	logins          logins
	aqlPath, aqlAlt string
}

var _ http.RoundTripper = (*Transport)(nil)

// New makes a transport. Nothing is sent by it.
func New(o Options) *Transport { return newTransport(o, systemClock{sleep: o.Sleep}, fullJitter) }

func newTransport(o Options, c clock, jitter func(time.Duration) time.Duration) *Transport {
	o = withDefaults(o)
	t := &Transport{
		server:  originOf(o.Server),
		opts:    o,
		limiter: newLimiter(o.MaxInFlight, c),
		backoff: backoff{attempts: max(o.Retry.Attempts, 0), wait: o.Retry.Wait, jitter: jitter},
		clock:   c,
	}
	t.aqlPath, t.aqlAlt = aqlPaths(o.Server)
	t.own, t.foreign = o.Base, o.Base
	if o.Base == nil {
		t.own, t.foreign = network(o, o.TLS), network(o, withoutCertificates(o.TLS))
	}
	return t
}

func withDefaults(o Options) Options {
	if o.Server == nil {
		o.Server = &url.URL{}
	}
	o.Retry.Attempts = orDefault(o.Retry.Attempts, DefaultAttempts)
	o.Retry.Wait = orDefault(o.Retry.Wait, DefaultWait)
	o.MaxInFlight = orDefault(o.MaxInFlight, DefaultMaxInFlight)
	o.ReadTimeout = orDefault(o.ReadTimeout, DefaultReadTimeout)
	o.WriteTimeout = orDefault(o.WriteTimeout, DefaultWriteTimeout)
	return o
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Client returns an HTTP client on this transport. The transport follows redirects by itself; one that reaches the
// client all the same is refused.
func (t *Transport) Client() *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		from := via[len(via)-1]
		return &RedirectError{
			Method: from.Method, From: t.describe(from.URL), To: t.describe(next.URL),
			Reason: "not followed here",
		}
	}}
}

// CloseIdleConnections closes what keep-alive holds open.
func (t *Transport) CloseIdleConnections() {
	for _, base := range []http.RoundTripper{t.own, t.foreign} {
		if c, ok := base.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}

// RoundTrip sends one request and what belongs to it: repetitions of a read, and redirects. The errors are
// *ReadOnlyError, *ForeignError, *RedirectError, *StatusError (429 and 5xx), *UnmarkedError (a 404 that is not the
// server's own), *RejectedError (after a 401), *TimeoutError, *UnclearError around any of the latter when a write may
// have been carried out, the context's, and those of the network.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	err := t.admit(req)
	var place *slot
	if err == nil {
		place, err = t.limiter.enter(req.Context(), false)
	}
	if err == nil {
		// What had to wait for its slot may have become hopeless meanwhile.
		if err = t.stillWelcome(req); err != nil {
			place.leave(false)
		}
	}
	if err != nil {
		closeBody(req)
		return nil, err
	}
	return t.retry(req, place)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
