package transport

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSilenceEndsARequest(t *testing.T) {
	t.Parallel()
	var clock *fakeClock
	calls := 0
	tr, clock := overBase(t, Options{ReadTimeout: time.Second, WriteTimeout: time.Minute, Retry: Retries(1, 0)},
		func(r *http.Request) (*http.Response, error) {
			calls++
			clock.timer(calls - 1).fire()
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
	var timeout *TimeoutError
	_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
	require.ErrorAs(t, err, &timeout)
	assert.Equal(t, time.Second, timeout.Silence)
	assert.Equal(t, 2, calls, "a read is repeated")
	assert.Equal(t, time.Second, clock.timer(0).d)

	_, _, err = send(t, tr, request(t, http.MethodPut, item, "x"))
	var unclear *UnclearError
	require.ErrorAs(t, err, &unclear)
	require.ErrorAs(t, err, &timeout)
	assert.Equal(t, time.Minute, clock.timer(2).d)
	assert.Equal(t, 3, calls, "a write is not")
}

// slow is a body that ends with its request.
type slow struct{ done <-chan struct{} }

func (s slow) Read(p []byte) (int, error) {
	if len(p) > 0 && s.done == nil {
		return len(p), nil
	}
	<-s.done
	return 0, io.ErrClosedPipe
}

func TestSilenceEndsAStream(t *testing.T) {
	t.Parallel()
	tr, clock := overBase(t, Options{}, func(r *http.Request) (*http.Response, error) {
		body := io.MultiReader(io.LimitReader(slow{}, maxBuffered+100), slow{r.Context().Done()})
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: -1,
			Body: io.NopCloser(body),
		}, nil
	})
	resp, err := tr.RoundTrip(request(t, http.MethodGet, item, ""))
	require.NoError(t, err)
	assert.Positive(t, clock.timer(0).resets, "what moves is not silent")
	clock.timer(0).fire()
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, resp.Body.Close())
	var timeout *TimeoutError
	require.ErrorAs(t, err, &timeout)
}

func TestATimerThatFiresLateDoesNothing(t *testing.T) {
	t.Parallel()
	tr, clock := overBase(t, Options{}, answer(200, "abc"))
	resp, err := tr.RoundTrip(request(t, http.MethodGet, item, ""))
	require.NoError(t, err)
	clock.timer(0).fire()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, "abc", string(raw))
}
