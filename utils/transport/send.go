package transport

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// hop is one address on the way of a request.
type hop struct {
	url *url.URL
	// crossOrigin is set from the first foreign address on. It stays: a foreign host cannot send us back with
	// credentials.
	crossOrigin bool
	// number counts the redirects so far.
	number int
}

// outcome is what became of an attempt.
type outcome struct {
	resp *http.Response
	err  error
	// sent is the header of the last request that left.
	sent http.Header
	// unclear is set when the action may have been carried out although err is not nil.
	unclear bool
	// unsent is set when no connection came about, so nothing can have arrived.
	unsent bool
	// unmarked is set when the answer is a 404 that is not the server's own.
	unmarked bool
	// permanent is set when trying again cannot help.
	permanent bool
}

// send sends one request and takes in its answer.
func (t *Transport) send(req *http.Request, h hop, attempt int) outcome {
	out, err := t.outgoing(req, h, attempt)
	if err != nil {
		return outcome{err: err, permanent: true}
	}
	timeout := t.opts.WriteTimeout
	if t.isRead(method(req), h.url) {
		timeout = t.opts.ReadTimeout
	}
	ctx, idle := withIdleTimeout(req.Context(), t.clock, timeout)
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	started := t.clock.Now()
	t.counters.requests.Add(1)
	resp, err := t.base(h).RoundTrip(t.metered(out.WithContext(ctx), idle))
	o := outcome{resp: resp, sent: out.Header}
	taken := int64(0)
	if err != nil {
		err = idle.explain(err)
		idle.stop()
		o.unsent = !connected.Load() && (t.opts.Base == nil || noConnection(err))
	} else {
		taken, err = t.absorb(method(req), resp, idle)
		o.unmarked = err == nil && !h.crossOrigin && t.unmarked(req, h.url, resp)
		if !h.crossOrigin {
			t.judge(req, o)
		}
	}
	o.err, o.unclear, o.permanent = err, err != nil && !o.unsent, isPermanent(err)
	if t.opts.Log != nil {
		t.opts.Log(t.entryOf(req, h, attempt, o, taken, t.clock.Now().Sub(started)).String())
	}
	return o
}

func (t *Transport) entryOf(req *http.Request, h hop, attempt int, o outcome, taken int64, took time.Duration) entry {
	e := entry{method: method(req), url: t.describe(h.url), size: taken, took: took, attempt: attempt, err: o.err}
	if o.resp == nil {
		return e
	}
	e.status = o.resp.StatusCode
	if _, streaming := o.resp.Body.(*stream); streaming {
		e.size = -1
	}
	return e
}

func (t *Transport) base(h hop) http.RoundTripper {
	if h.crossOrigin {
		return t.foreign
	}
	return t.own
}

// outgoing makes the request that leaves for a hop. The caller's is never changed.
func (t *Transport) outgoing(req *http.Request, h hop, attempt int) (*http.Request, error) {
	out := req.Clone(req.Context())
	// client-go sets Close, which would cost a connection for each request.
	out.Close, out.Host, out.Response = false, "", nil
	out.URL = &url.URL{
		Scheme: h.url.Scheme, Host: h.url.Host, Path: h.url.Path, RawPath: h.url.RawPath,
		RawQuery: h.url.RawQuery,
	}
	out.Header = withoutOverrides(out.Header)
	if t.opts.UserAgent != "" {
		out.Header.Set("User-Agent", t.opts.UserAgent)
	}
	// Said aloud, since a proxy may pack an answer to a request that says nothing.
	out.Header.Set("Accept-Encoding", "identity")
	if h.crossOrigin {
		out.Header = foreignHeader(out.Header)
	} else if err := t.authorize(out); err != nil {
		closeBody(req)
		return nil, fmt.Errorf("credentials for %s: %w", host(h.url), err)
	}
	return out, rewind(out, req, attempt > 1 || h.number > 0)
}

// rewind returns out a body of its own when the one of req has been used.
func rewind(out, req *http.Request, used bool) (err error) {
	if used && !empty(req) {
		out.Body, err = req.GetBody()
	}
	return err
}

func empty(req *http.Request) bool { return req.Body == nil || req.Body == http.NoBody }

func replayable(req *http.Request) bool { return empty(req) || req.GetBody != nil }

// metered counts the body of a request, also when net/http rewinds it because nothing had been written.
func (t *Transport) metered(out *http.Request, idle *idleTimer) *http.Request {
	if empty(out) {
		return out
	}
	wrap := func(body io.ReadCloser) io.ReadCloser {
		return &counted{ReadCloser: body, total: &t.counters.sent, idle: idle}
	}
	if again := out.GetBody; again != nil {
		out.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			return wrap(body), nil
		}
	}
	out.Body = wrap(out.Body)
	return out
}
