package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

func TestReadsAreRepeatedUntilTheySucceed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		first baseFunc
	}{
		{"408", answer(408, "")},
		{"429", answer(429, "")},
		{"500", answer(500, "")},
		{"502", answer(502, "")},
		{"503", answer(503, "")},
		{"504", answer(504, "")},
		{"cut connection", fails(io.ErrUnexpectedEOF)},
		{"connection refused", fails(refused())},
		{"truncated body", truncated},
		{"storage is busy", to(302, "https://storage.example.com/b")},
	}
	for _, tt := range tests {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(tt.name+" "+method, func(t *testing.T) {
				t.Parallel()
				if method == http.MethodPost && tt.name == "storage is busy" {
					t.Skip("the search is never redirected")
				}
				s := &script{steps: []baseFunc{tt.first, answer(200, "fine")}}
				if tt.name == "storage is busy" {
					s.steps = []baseFunc{tt.first, answer(503, ""), answer(200, "fine")}
				}
				tr, clock := overBase(t, Options{}, s.base)
				body := map[string]string{http.MethodPost: "items.find()"}[method]
				status, text, err := send(t, tr, request(t, method, aqlURL, body))
				require.NoError(t, err)
				assert.Equal(t, http.StatusOK, status)
				assert.Equal(t, "fine", text)
				assert.Equal(t, []time.Duration{DefaultWait}, clock.sleeps)
				assert.Equal(t, int64(len(s.steps)), tr.Counters().Requests)
				assert.Equal(t, body, s.body[len(s.body)-1], "the body goes along again")
			})
		}
	}
}

// truncated promises ten bytes and gives three.
func truncated(r *http.Request) (*http.Response, error) {
	resp, err := answer(200, "abc")(r)
	resp.ContentLength = 10
	return resp, err
}

func TestHeadIsRepeated(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{answer(503, ""), answer(200, "")}}
	tr, _ := overBase(t, Options{}, s.base)
	status, _, err := send(t, tr, request(t, http.MethodHead, item, ""))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)
}

func TestTriesAndWaitsAreBounded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		retry Retry
		want  []time.Duration
	}{
		{"default", Retry{}, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
		{"none", Retries(0, time.Second), nil},
		{"asked for", Retries(2, 20*time.Second), []time.Duration{20 * time.Second, 30 * time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr, clock := overBase(t, Options{Retry: tt.retry}, answer(503, "busy"))
			_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
			status, _ := statusOf(err)
			assert.Equal(t, 503, status)
			assert.Equal(t, tt.want, clock.sleeps)
			assert.Equal(t, int64(len(tt.want)+1), tr.Counters().Requests)
		})
	}
}

func TestWritesAreNeverRepeatedOnceSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		step    baseFunc
		unclear bool
		status  int
	}{
		{"429", answer(429, "slow down", "Retry-After", "1"), false, 429},
		{"500", answer(500, "x"), true, 500},
		{"503", answer(503, "x"), true, 503},
		{"507", answer(507, "x"), true, 507},
		{"cut connection", fails(io.ErrUnexpectedEOF), true, 0},
		{"unknown error", fails(errors.New("x")), true, 0},
		{"truncated answer", truncated, true, 0},
	}
	for _, tt := range tests {
		for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodPatch} {
			t.Run(tt.name+" "+method, func(t *testing.T) {
				t.Parallel()
				s := &script{steps: []baseFunc{tt.step}}
				tr, clock := overBase(t, Options{}, s.base)
				_, _, err := send(t, tr, request(t, method, item, "x"))
				require.Error(t, err)
				var unclear *UnclearError
				assert.Equal(t, tt.unclear, assertAs(err, &unclear))
				status, _ := statusOf(err)
				assert.Equal(t, tt.status, status)
				assert.Len(t, s.seen, 1)
				assert.Empty(t, clock.sleeps)
			})
		}
	}
}

func TestAWriteThatFoundNoConnectionIsRepeated(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{
		fails(refused()), fails(&net.OpError{Op: "proxyconnect", Err: io.EOF}),
		answer(201, ""),
	}}
	tr, _ := overBase(t, Options{}, s.base)
	status, _, err := send(t, tr, request(t, http.MethodPut, item, "body"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, status)
	assert.Equal(t, "body", s.body[2])
}

func TestARefusedConnectionLeavesNoDoubt(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	tr := over(t, address, Options{})
	_, _, err = send(t, tr, request(t, http.MethodPut, address+"/r/i", "body"))
	var unclear *UnclearError
	require.Error(t, err)
	assert.False(t, assertAs(err, &unclear))
	assert.Equal(t, int64(1+DefaultAttempts), tr.Counters().Requests)
	assert.Zero(t, tr.Counters().SentBytes)
}

func TestABodyThatIsGoneIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		s := &script{steps: []baseFunc{fails(refused())}}
		tr, _ := overBase(t, Options{}, s.base)
		req := request(t, method, aqlURL, "x")
		req.GetBody = nil
		_, _, err := send(t, tr, req)
		require.Error(t, err)
		assert.Len(t, s.seen, 1)
	}
}

func TestWhatCannotGetBetterIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&net.DNSError{IsNotFound: true},
		&tls.CertificateVerificationError{Err: errors.New("unknown authority")},
		tls.RecordHeaderError{Msg: "no TLS"},
	} {
		tr, clock := overBase(t, Options{}, fails(err))
		_, _, got := send(t, tr, request(t, http.MethodGet, item, ""))
		require.ErrorIs(t, got, err)
		assert.Empty(t, clock.sleeps)
	}
	for _, status := range []int{501, 505, 511} {
		tr, clock := overBase(t, Options{}, answer(status, ""))
		_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
		got, _ := statusOf(err)
		assert.Equal(t, status, got)
		assert.Empty(t, clock.sleeps)
	}
}

func TestOther4xxAreAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 408, 409, 499} {
		for _, method := range []string{http.MethodGet, http.MethodPut} {
			tr, _ := overBase(t, Options{}, answer(status, "why", "X-JFrog-Version", "Artifactory/7.1"))
			got, text, err := send(t, tr, request(t, method, item, "x"))
			require.NoError(t, err)
			assert.Equal(t, status, got)
			assert.Equal(t, "why", text)
		}
	}
}

func TestTheServerSetsTheWait(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		want         time.Duration
	}{
		{"seconds", "7", 7*time.Second + DefaultWait},
		{"too long", "3600", maxObeyed + DefaultWait},
		{"unreadable", "soon", DefaultWait},
		{"past", "Mon, 02 Jan 2006 15:04:05 GMT", DefaultWait},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &script{steps: []baseFunc{answer(503, "", "Retry-After", tt.header), answer(200, "")}}
			tr, clock := overBase(t, Options{}, s.base)
			_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
			require.NoError(t, err)
			assert.Equal(t, []time.Duration{tt.want}, clock.sleeps)
		})
	}
}

func TestNoWaitPastTheDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tr, clock := overBase(t, Options{}, answer(503, "busy", "Retry-After", "40"))
	_, _, err := send(t, tr, requestIn(ctx, t, http.MethodGet, item, ""))
	var status *StatusError
	require.ErrorAs(t, err, &status, "the reason, not the deadline")
	assert.Equal(t, 40*time.Second, status.RetryAfter)
	assert.Empty(t, clock.sleeps)
	assert.NoError(t, ctx.Err())
}

func TestCancellationEndsTheWait(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tr, clock := overBase(t, Options{}, answer(503, "busy"))
	clock.onSleep = cancel
	_, _, err := send(t, tr, requestIn(ctx, t, http.MethodGet, item, ""))
	require.ErrorIs(t, err, context.Canceled)
	status, _ := statusOf(err)
	assert.Equal(t, 503, status, "why it was waiting")
	assert.Equal(t, int64(1), tr.Counters().Requests)
}

func TestACancelledWriteIsUnclearOnlyIfSent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	tr, _ := overBase(t, Options{}, func(*http.Request) (*http.Response, error) {
		cancel()
		return nil, context.Canceled
	})
	_, _, err := send(t, tr, requestIn(ctx, t, http.MethodPut, item, "x"))
	var unclear *UnclearError
	require.ErrorAs(t, err, &unclear)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, strings.Count(err.Error(), "context canceled"), "said once")

	_, _, err = send(t, tr, requestIn(ctx, t, http.MethodPut, item, "x"))
	require.ErrorIs(t, err, context.Canceled)
	assert.NotErrorAs(t, err, &unclear)
	assert.Equal(t, int64(1), tr.Counters().Requests)
}

func TestStatusErrorTellsWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	page := "\x1b[31mbroken\x1b[0m\nAuthorization: Basic dTpzM2NyZXQ= for u:s3cret and s3cret " + string(make([]byte,
		1<<16))
	tr, _ := overBase(t, Options{Auth: basic{"u", "s3cret"}, Retry: Retries(0, 0)}, answer(500, page))
	_, _, err := send(t, tr, request(t, http.MethodGet, "https://x:y@art.example.com/artifactory/r/i?token=abc&to=d", ""))
	var status *StatusError
	require.ErrorAs(t, err, &status)
	assert.Equal(t, "GET", status.Method)
	assert.Equal(t, "https://art.example.com/artifactory/r/i?token=…&to=d", status.URL)
	assert.Equal(t, "[31mbroken[0m Authorization: … for … and … ", status.Body)
}

func TestALongErrorPageIsCut(t *testing.T) {
	t.Parallel()
	tr, _ := overBase(t, Options{Retry: Retries(0, 0)}, answer(500, string(make([]byte, 9<<20))+"x"))
	_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
	var status *StatusError
	require.ErrorAs(t, err, &status)
	assert.LessOrEqual(t, len(status.Body), maxStatusBody)
}
