package transport

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCounters(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "answer")
	})
	tr := over(t, s.URL, Options{})
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			resp, err := tr.Client().Do(request(t, http.MethodPut, s.URL, "four"))
			if assert.NoError(t, err) {
				assert.NoError(t, resp.Body.Close())
			}
		})
	}
	group.Wait()
	assert.Equal(t, Counters{Requests: 20, SentBytes: 80, ReceivedBytes: 120}, tr.Counters())
}

func TestEveryAttemptCounts(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{answer(503, "no"), answer(200, "yes")}}
	tr, _ := overBase(t, Options{}, s.base)
	_, _, err := send(t, tr, request(t, http.MethodPost, aqlURL, "find"))
	require.NoError(t, err)
	assert.Equal(t, Counters{Requests: 2, SentBytes: 8, ReceivedBytes: 5}, tr.Counters())
}

func TestRequestsInFlightAreBounded(t *testing.T) {
	t.Parallel()
	const limit = 3
	var now, most atomic.Int64
	full, gate := make(chan struct{}, 100), make(chan struct{})
	tr, _ := overBase(t, Options{MaxInFlight: limit}, func(r *http.Request) (*http.Response, error) {
		most.Store(max(most.Load(), now.Add(1)))
		full <- struct{}{}
		<-gate
		now.Add(-1)
		return answer(200, "")(r)
	})
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
			assert.NoError(t, err)
		})
	}
	for range limit {
		<-full
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := send(t, tr, requestIn(ctx, t, http.MethodPut, item, "x"))
	require.ErrorIs(t, err, context.Canceled)
	close(gate)
	group.Wait()
	assert.Equal(t, int64(limit), most.Load())
	assert.Equal(t, int64(10), tr.Counters().Requests)
	assert.Zero(t, tr.limiter.inFlight)
}

func TestABodyThatTheNetworkRewindsCountsTwice(t *testing.T) {
	t.Parallel()
	tr, _ := overBase(t, Options{}, func(r *http.Request) (*http.Response, error) {
		again, err := r.GetBody()
		require.NoError(t, err)
		for _, body := range []io.ReadCloser{r.Body, again} {
			_, err := io.Copy(io.Discard, body)
			require.NoError(t, err)
		}
		return answer(201, "")(r)
	})
	_, _, err := send(t, tr, request(t, http.MethodPut, item, "four"))
	require.NoError(t, err)
	assert.Equal(t, int64(8), tr.Counters().SentBytes)
}
