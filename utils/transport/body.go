package transport

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// maxBuffered is how much of an answer is read before it is handed on, in bytes. Up to here a truncated answer is
// noticed in time to repeat the read. It holds any manifest (at most 4 MiB) and the REST answers.
const maxBuffered = 8 << 20

// absorb reads a short body to its end, so that the answer handed on is complete. A longer one goes on from the
// network; its truncation is then an error of Read. It gives the number of bytes that it took.
func (t *Transport) absorb(method string, resp *http.Response, idle *idleTimer) (int64, error) {
	if resp.Body == nil || bodiless(method, resp.StatusCode) {
		return 0, discard(resp, idle)
	}
	body := &counted{ReadCloser: resp.Body, total: &t.counters.received, idle: idle}
	if resp.ContentLength > maxBuffered {
		resp.Body = &stream{Reader: body, body: body, idle: idle}
		return 0, nil
	}
	var buffer bytes.Buffer
	buffer.Grow(int(max(resp.ContentLength, 0)) + bytes.MinRead)
	n, err := buffer.ReadFrom(io.LimitReader(body, maxBuffered+1))
	if n > maxBuffered && err == nil {
		resp.Body = &stream{Reader: io.MultiReader(&buffer, body), body: body, idle: idle}
		return n, nil
	}
	if err == nil && resp.ContentLength >= 0 && n != resp.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	err = idle.explain(err)
	_ = body.Close()
	idle.stop()
	resp.Body, resp.ContentLength = io.NopCloser(&buffer), n
	return n, err
}

// bodiless answers may have a Content-Length that is not that of a body.
func bodiless(method string, status int) bool {
	return method == http.MethodHead || status == http.StatusNotModified || status == http.StatusNoContent
}

func discard(resp *http.Response, idle *idleTimer) (err error) {
	if resp.Body != nil {
		err = resp.Body.Close()
	}
	idle.stop()
	resp.Body = http.NoBody
	return err
}

// stream is a body that is still on its way. mark turns an error in it into the one for the request that it answers.
type stream struct {
	io.Reader
	body io.Closer
	idle *idleTimer
	mark func(error) error
}

// Read passes on what arrives.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err == nil {
		return n, nil
	}
	explained := s.idle.explain(err)
	s.idle.stop()
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	if s.mark != nil {
		explained = s.mark(explained)
	}
	return n, explained
}

// Close gives up what is still to come.
func (s *stream) Close() error {
	err := s.body.Close()
	s.idle.stop()
	return err
}
