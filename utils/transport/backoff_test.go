package transport

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func headerOf(value string) http.Header { return http.Header{"Retry-After": {value}} }

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		value string
		want  time.Duration
	}{
		{"", 0},
		{"0", 0},
		{"120", 2 * time.Minute},
		{" 5 ", 5 * time.Second},
		{"99999999999999999999999", maxRetryAfter},
		{"9223372036854775807", maxRetryAfter},
		{"-1", 0},
		{"1.5", 0},
		{"+5", 0},
		{"Fri, 02 Jan 2026 03:04:35 GMT", 30 * time.Second},
		{"Friday, 02-Jan-26 03:04:35 GMT", 30 * time.Second},
		{"Fri Jan  2 03:04:35 2026", 30 * time.Second},
		{"Fri, 02 Jan 2026 03:04:04 GMT", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", maxRetryAfter},
		{"Sat, 01 Jan 0001 00:00:00 GMT", 0},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, retryAfter(headerOf(tt.value), now), tt.value)
	}
	assert.Zero(t, retryAfter(nil, now))
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "99999999999999999999", "Fri, 02 Jan 2026 03:04:35 GMT", "-5", "٣"} {
		f.Add(seed, int64(0))
	}
	f.Fuzz(func(t *testing.T, value string, now int64) {
		got := retryAfter(headerOf(value), time.Unix(now, 0))
		if got < 0 || got > maxRetryAfter {
			t.Errorf("retryAfter(%q) = %s", value, got)
		}
	})
}

// However the numbers are chosen, a wait is neither negative nor longer than what was set or is obeyed.
func TestWaitsStayInBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := backoff{wait: time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "wait")), jitter: fullJitter}
		asked := time.Duration(rapid.Int64Range(0, int64(maxRetryAfter)).Draw(t, "asked"))
		got := b.after(rapid.IntRange(1, 1_000_000).Draw(t, "attempt"), asked)
		if asked > 0 {
			assert.GreaterOrEqual(t, got, min(asked, maxObeyed), "the server's wish is the least")
		}
		assert.GreaterOrEqual(t, got, time.Duration(0))
		assert.LessOrEqual(t, got, max(maxBackoff, b.wait)+maxObeyed)
	})
}

func TestFullJitterSpreads(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 100 {
		got := fullJitter(time.Hour)
		assert.LessOrEqual(t, got, time.Hour)
		seen[got] = true
	}
	assert.Greater(t, len(seen), 50)
	assert.Zero(t, fullJitter(0))
}

func TestRetries(t *testing.T) {
	t.Parallel()
	for extra, want := range map[int]int{-1: 0, 0: 0, 1: 1, 7: 7} {
		assert.Equal(t, want, New(Options{Retry: Retries(extra, 0)}).backoff.attempts)
	}
	assert.Equal(t, DefaultAttempts, New(Options{}).backoff.attempts)
	assert.Equal(t, DefaultWait, New(Options{}).backoff.wait)
}
