package transport

import (
	"io"
	"sync/atomic"
)

// Counters tell what a run has cost so far. Requests counts every attempt and every hop of a redirect; the bytes are
// those of bodies, as they were on the wire, without headers.
type Counters struct {
	Requests, SentBytes, ReceivedBytes int64
	// Limited counts the answers by which the server asked for patience: 429, and 503 with a time.
	Limited int64
}

type counters struct {
	requests, sent, received, limited atomic.Int64
}

// Counters returns the present state. Bodies that are streamed count as they are read.
func (t *Transport) Counters() Counters {
	return Counters{
		Requests:      t.counters.requests.Load(),
		SentBytes:     t.counters.sent.Load(),
		ReceivedBytes: t.counters.received.Load(),
		Limited:       t.counters.limited.Load(),
	}
}

// counted counts a body as it moves and keeps the idle timer quiet meanwhile.
type counted struct {
	io.ReadCloser
	total *atomic.Int64
	idle  *idleTimer
}

// Read counts what was read.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.total.Add(int64(n))
	if n > 0 {
		c.idle.touch()
	}
	return n, err
}
