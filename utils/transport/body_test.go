package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hangUp sends the beginning of an answer and cuts the connection.
func hangUp(w http.ResponseWriter, length string) {
	if length != "" {
		w.Header().Set("Content-Length", length)
	}
	_, _ = io.WriteString(w, "begin")
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func TestATruncatedReadIsRepeated(t *testing.T) {
	t.Parallel()
	for _, length := range []string{"100", ""} { // with Content-Length, and chunked
		var n atomic.Int64
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if n.Add(1) == 1 {
				hangUp(w, length)
			}
			_, _ = io.WriteString(w, "whole")
		})
		_, text, err := send(t, over(t, s.URL, Options{}), request(t, http.MethodGet, s.URL, ""))
		require.NoError(t, err)
		assert.Equal(t, "whole", text)
		assert.Equal(t, int64(2), n.Load())
	}
}

func TestAReadThatStaysTruncatedIsAnError(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { hangUp(w, "100") })
	_, _, err := send(t, over(t, s.URL, Options{}), request(t, http.MethodGet, s.URL, ""))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestATruncatedAnswerToAWriteIsUnclear(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		hangUp(w, "100")
	})
	_, _, err := send(t, over(t, s.URL, Options{}), request(t, http.MethodPost, s.URL, "x"))
	var unclear *UnclearError
	require.ErrorAs(t, err, &unclear)
	assert.Equal(t, int64(1), n.Load())
}

func TestAWriteCutBeforeTheAnswerIsUnclear(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, _, err := send(t, over(t, s.URL, Options{}), request(t, http.MethodPut, s.URL, "x"))
	var unclear *UnclearError
	require.ErrorAs(t, err, &unclear)
}

func TestLongBodiesAreStreamed(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", maxBuffered/10+1000)
	for _, length := range []int64{-1, int64(len(content))} {
		tr, clock := overBase(t, Options{}, func(r *http.Request) (*http.Response, error) {
			resp, err := answer(200, content)(r)
			resp.ContentLength = length
			return resp, err
		})
		resp, err := tr.RoundTrip(request(t, http.MethodGet, item, ""))
		require.NoError(t, err)
		assert.LessOrEqual(t, tr.Counters().ReceivedBytes, int64(maxBuffered+1), "not read before it is wanted")
		assert.Zero(t, tr.limiter.inFlight, "a body on its way takes no slot")
		assert.False(t, clock.timer(0).stopped, "silence is watched to the end")
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.True(t, bytes.Equal([]byte(content), got))
		assert.Equal(t, int64(len(content)), tr.Counters().ReceivedBytes)
		assert.True(t, clock.timer(0).stopped)
	}
}

func TestTruncationOfALongBodyIsAReadError(t *testing.T) {
	t.Parallel()
	chunk := make([]byte, 1<<20)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			w.Header().Set("Content-Length", fmt.Sprint(20<<20))
		}
		for range 10 {
			_, _ = w.Write(chunk)
		}
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	tr := over(t, s.URL, Options{})
	for _, address := range []string{s.URL, s.URL + "?length"} {
		_, _, err := send(t, tr, request(t, http.MethodGet, address, ""))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		_, _, err = send(t, tr, request(t, http.MethodPost, address, "x"))
		var unclear *UnclearError
		require.ErrorAs(t, err, &unclear)
	}
}

func TestAnswersWithoutBodyMayHaveALength(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1234") })
	tr := over(t, s.URL, Options{})
	resp, err := tr.RoundTrip(request(t, http.MethodHead, s.URL, ""))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, int64(1234), resp.ContentLength)
	assert.Equal(t, int64(1), tr.Counters().Requests)
}

func TestTheLengthOfAWholeBodyIsKnown(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush() // chunked
		_, _ = io.WriteString(w, "abc")
	})
	resp, err := over(t, s.URL, Options{}).RoundTrip(request(t, http.MethodGet, s.URL, ""))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, int64(3), resp.ContentLength)
}

func TestBodiesAreNotUnpacked(t *testing.T) {
	t.Parallel()
	var asked atomic.Value
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "as it was sent")
	})
	_, text, err := send(t, over(t, s.URL, Options{}), request(t, http.MethodGet, s.URL, ""))
	require.NoError(t, err)
	assert.Equal(t, "as it was sent", text)
	assert.Equal(t, "identity", asked.Load())
}

// tracked notices whether it was closed.
type tracked struct {
	io.Reader
	closed atomic.Bool
}

func (b *tracked) Close() error {
	b.closed.Store(true)
	return nil
}

func TestRequestBodiesAreClosedWhateverHappens(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"refused": {ReadOnly: true},
		"no auth": {Auth: brokenAuth{errors.New("x")}},
	} {
		tr, _ := overBase(t, o, (&script{}).base)
		body := &tracked{Reader: strings.NewReader("x")}
		req := request(t, http.MethodPut, item, "x")
		req.Body = body
		_, _, err := send(t, tr, req)
		require.Error(t, err)
		assert.True(t, body.closed.Load(), name)
	}
}
