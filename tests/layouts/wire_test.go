package layouts

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing/iotest"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// exchange is a request that the plugin made.
type exchange struct {
	method, path, query string
	status              int
	sent                []byte
}

// write reports whether the request asked for a change. A dry run does not.
func (x exchange) write() bool {
	return x.method != http.MethodGet && x.method != http.MethodHead && !strings.Contains(x.query, "dry=1")
}

// wire carries the plugin's requests to the double without a network, one at a time, so that a test can step in between
// any two.
type wire struct {
	server *artifactory.Server

	mu   sync.Mutex
	done []exchange
	// now is the method and path of the request that is under way.
	now string
	// before runs before the kth request, counted from 1.
	before func(k int, r *http.Request)
	// answer can take the place of the server; nil lets the request pass.
	answer func(r *http.Request, body []byte) *reply
}

// reply is an answer, or the error of a connection that gave none.
type reply struct {
	status int
	header http.Header
	body   []byte
	// cut ends the connection in the middle of the body.
	cut bool
	err error
}

// RoundTrip carries one request.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.before != nil {
		w.before(len(w.done)+1, r)
	}
	w.now = r.Method + " " + r.URL.Path
	x := exchange{method: r.Method, path: r.URL.Path, query: r.URL.RawQuery}
	if r.Body != nil {
		x.sent, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	var answer *reply
	if w.answer != nil {
		answer = w.answer(r, x.sent)
	}
	if answer == nil {
		served := serve(w.server, r, x.sent)
		answer = &served
	}
	x.status = answer.status
	w.done = append(w.done, x)
	return answer.response(r)
}

// response makes what a client sees of an answer.
func (a reply) response(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	resp := &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: a.header, Body: http.NoBody, ContentLength: int64(len(a.body)),
	}
	switch {
	case r.Method == http.MethodHead:
		resp.ContentLength = -1
		if n, err := strconv.ParseInt(a.header.Get("Content-Length"), 10, 64); err == nil {
			resp.ContentLength = n
		}
	case a.cut:
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(a.body[:len(a.body)/2]),
			iotest.ErrReader(io.ErrUnexpectedEOF)))
	default:
		resp.Body = io.NopCloser(bytes.NewReader(a.body))
	}
	return resp, nil
}

// serve lets the double answer a request.
func serve(h http.Handler, r *http.Request, body []byte) reply {
	at := &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	in := r.Clone(r.Context())
	in.Host, in.URL, in.RequestURI = r.URL.Host, at, at.RequestURI()
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	out := httptest.NewRecorder()
	h.ServeHTTP(out, in)
	return reply{status: out.Code, header: out.Header(), body: out.Body.Bytes()}
}

// requests returns what the plugin asked for so far.
func (w *wire) requests() []exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]exchange(nil), w.done...)
}

// writes returns those requests that asked for a change.
func (w *wire) writes() []exchange {
	var found []exchange
	for _, x := range w.requests() {
		if x.write() {
			found = append(found, x)
		}
	}
	return found
}

func (w *wire) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done, w.before, w.answer = nil, nil, nil
}
