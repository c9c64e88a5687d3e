package artifactory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/signed-promote/signed-promote/utils/transport"
)

const (
	// maxAnswer bounds the body of an answer, in bytes. The largest is the folder info of an image with very many tags.
	maxAnswer = 256 << 20
	// maxRefusal bounds what is read of an answer that refuses a call, in bytes.
	maxRefusal = 1 << 16
)

var errNotSent = errors.New("JFrog's client did not send the request")

// relay carries the request of one call from client-go to the transport, and the answer back. It shows client-go only
// whole answers that the call accepts, always as 200, and a bare 400 in place of everything else: client-go reduces
// errors to text, takes a body that was cut off for a whole one, and repeats what it may not. The real error is kept,
// and decides what became of the call.
type relay struct {
	ctx  context.Context //nolint:containedctx // a relay lives as long as one call, and client-go makes requests without a context
	call call
	// address is where the call goes.
	address *url.URL
	// expected is the escaped path that client-go is expected to write.
	expected string
	http     *http.Client

	// mu guards what follows: a service may use goroutines.
	mu   sync.Mutex
	sent bool
	err  error
}

// RoundTrip never fails, see relay.
func (r *relay) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	resp, err := r.exchange(req)
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		return shown(req, http.StatusBadRequest, http.NoBody), nil
	}
	return resp, nil
}

func (r *relay) exchange(req *http.Request) (*http.Response, error) {
	if err := r.claim(req); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // Nothing was read of it.
		}
		return nil, err
	}
	resp, err := r.http.Do(r.outgoing(req)) //nolint:gosec // the address is that of the configured server
	if err != nil {
		return nil, transport.Bare(err)
	}
	if r.call.streams && resp.StatusCode == http.StatusOK {
		return shown(req, http.StatusOK, resp.Body), nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := r.take(resp)
	if err != nil {
		return nil, err
	}
	return shown(req, http.StatusOK, io.NopCloser(bytes.NewReader(body))), nil
}

// claim lets exactly the request pass that is meant, and once: client-go cleans paths and leaves some unescaped, and
// its next version may make other requests.
func (r *relay) claim(req *http.Request) error {
	if r.sent {
		return fmt.Errorf("%s: JFrog's client wants to send a second request: %s %s", r.call, req.Method, req.URL.Path)
	}
	same := req.Method == r.call.method && req.URL.Scheme == r.address.Scheme && req.URL.Host == r.address.Host &&
		req.URL.EscapedPath() == r.expected && maps.EqualFunc(req.URL.Query(), r.address.Query(), slices.Equal)
	if !same {
		return fmt.Errorf("%s: JFrog's client wants to ask for something else: %s %s", r.call, req.Method, req.URL.Path)
	}
	r.sent = true
	return nil
}

// outgoing returns client-go's request with the context and the headers of the call.
func (r *relay) outgoing(req *http.Request) *http.Request {
	out := req.Clone(r.ctx)
	out.URL = r.address
	maps.Copy(out.Header, r.call.header)
	return out
}

// take returns the whole body of an answer that the call accepts, or the error that the answer stands for.
func (r *relay) take(resp *http.Response) ([]byte, error) {
	if !r.call.accepts(resp.StatusCode) {
		// What cannot be read of an error page is not missed.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
		return nil, r.call.refused(resp.StatusCode, body)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: reading the answer: %w", r.call, err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("%s: the answer has more than %d MiB", r.call, maxAnswer>>20)
	case r.call.reports:
		return body, messages(r.call, body)
	default:
		return body, nil
	}
}

// outcome returns what became of the call; err is what client-go says of it. A write that was answered is done,
// whatever client-go says afterwards.
func (r *relay) outcome(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.err != nil:
		return r.err
	case !r.sent && err != nil:
		return fmt.Errorf("%s: %w: %w", r.call, errNotSent, err)
	case !r.sent:
		return fmt.Errorf("%s: %w", r.call, errNotSent)
	case err != nil && (r.call.method == http.MethodGet || r.call.streams):
		return &unreadableError{call: r.call, err: err}
	default:
		return nil
	}
}

// shown makes an answer for client-go.
func shown(req *http.Request, status int, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: body, ContentLength: -1, Request: req,
	}
}
