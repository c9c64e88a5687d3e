package traffic

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// answer holds a whole response back, so that it can be falsified, and so that the log is complete
// before the client sees the first byte.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newAnswer() *answer { return &answer{header: http.Header{}} }

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// replace answers something else than the handler did.
func (a *answer) replace(status int, body string) {
	a.status, a.header = status, http.Header{}
	a.body.Reset()
	a.body.WriteString(body)
}

// falsify applies what WrongDigest describes.
func (a *answer) falsify() {
	if a.body.Len() > 0 {
		a.body.WriteByte(' ')
		a.header.Set("Content-Length", strconv.Itoa(a.body.Len()))
	}
	wrong := strings.Repeat("0", 64)
	if a.header.Get("Docker-Content-Digest") != "" {
		a.header.Set("Docker-Content-Digest", "sha256:"+wrong)
	}
	if a.header.Get("X-Checksum-Sha256") != "" {
		a.header.Set("X-Checksum-Sha256", wrong)
	}
}

// bytesOnWire is the size of the body that the client gets.
func (a *answer) bytesOnWire(method string, truncate bool) int64 {
	switch {
	case method == http.MethodHead:
		return 0
	case truncate:
		return int64(a.body.Len() / 2)
	default:
		return int64(a.body.Len())
	}
}

// send writes the answer; truncated, it aborts the connection in the middle of the body.
func (a *answer) send(w http.ResponseWriter, method string, truncate bool) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	a.WriteHeader(http.StatusOK)
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified && w.Header().Get("Content-Length") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	}
	w.WriteHeader(a.status)
	if method == http.MethodHead {
		return
	}
	if truncate {
		_, _ = w.Write(a.body.Bytes()[:a.body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		cut()
	}
	_, _ = w.Write(a.body.Bytes())
}

// cut drops the connection without a further byte; net/http knows this value and logs nothing.
func cut() { panic(http.ErrAbortHandler) }

// countingBody counts what is read of a request's body.
type countingBody struct {
	io.ReadCloser
	n int64
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	return n, err
}
