package transport

import (
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// hop is one address on the way of a request.
type hop struct {
	url *url.URL
	// abroad is set from the first foreign address on. It stays: a foreign host cannot send us back with credentials.
	abroad bool
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

// exchange sends one request and takes in its answer.
func (t *Transport) exchange(req *http.Request, h hop, attempt int) outcome {
	out, err := t.outgoing(req, h, attempt)
	if err != nil {
		return outcome{err: err, permanent: true}
	}
	timeout := t.opts.WriteTimeout
	if t.isRead(method(req), h.url) {
		timeout = t.opts.ReadTimeout
	}
	ctx, dog := watch(req.Context(), t.clock, timeout)
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	started := t.clock.Now()
	t.counters.requests.Add(1)
	resp, err := t.base(h).RoundTrip(t.metered(out.WithContext(ctx), dog))
	o := outcome{resp: resp, sent: out.Header}
	taken := int64(0)
	if err != nil {
		err = dog.explain(err)
		dog.stop()
		o.unsent = !connected.Load() && (t.opts.Base == nil || noConnection(err))
	} else {
		taken, err = t.absorb(method(req), resp, dog)
		o.unmarked = err == nil && !h.abroad && t.unmarked(req, h.url, resp)
		if !h.abroad {
			t.judge(req, o)
		}
	}
	o.err, o.unclear, o.permanent = err, err != nil && !o.unsent, hopeless(err)
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
	if h.abroad {
		return t.foreign
	}
	return t.own
}
