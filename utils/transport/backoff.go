package transport

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxBackoff bounds the waits that we choose, unless the first one was set longer.
	maxBackoff = 30 * time.Second
	// maxObeyed bounds the waits that a server asks for.
	maxObeyed = time.Minute
	// maxRetryAfter bounds what is believed at all, so that sums of times cannot overflow.
	maxRetryAfter = 24 * time.Hour
)

// Retry is the patience for requests that may be repeated. In its zero value both fields have their defaults.
type Retry struct {
	// Attempts are the extra tries: 0 stands for DefaultAttempts, a negative number for none.
	Attempts int
	// Wait is the upper bound of the first wait; it doubles with each try. 0 stands for DefaultWait.
	Wait time.Duration
}

// Retries makes a Retry of what a user asks for, where 0 extra tries means none.
func Retries(extra int, wait time.Duration) Retry {
	if extra == 0 {
		extra = -1
	}
	return Retry{Attempts: extra, Wait: wait}
}

// backoff chooses the waits: exponential with full jitter, or what the server asks for plus a little, since many
// requests are turned away at the same moment.
type backoff struct {
	attempts int
	wait     time.Duration
	// jitter picks a time between 0 and its argument.
	jitter func(time.Duration) time.Duration
}

// after returns the wait after the attempt of that number, counted from 1.
func (b backoff) after(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return min(asked, maxObeyed) + b.jitter(b.wait)
	}
	limit := max(maxBackoff, b.wait)
	bound := b.wait
	for i := 1; i < attempt && bound < limit; i++ {
		bound *= 2
	}
	return b.jitter(min(bound, limit))
}

func fullJitter(bound time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(max(bound, 0)) + 1)) //nolint:gosec // spreads load, guards nothing
}

// retryAfter reads the header of that name, seconds or a date (RFC 9110, 10.2.3). What cannot be read is 0, as is a
// date that has passed; the rest is at most a day.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if digits(value) {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), maxRetryAfter)
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
