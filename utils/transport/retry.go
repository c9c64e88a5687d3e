package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// retry sends a request until it is answered, hopeless or out of tries.
//
// Reads are repeated after connection errors, truncated answers, the statuses of repeatable and a 404 that is not the
// server's own. Writes are not, not even after 429: whoever asked looks at the state first. The one exception is a
// write for which no connection came about, so that nothing of it can have arrived; it is repeated when its body can be
// had again.
//
// A server that is asked again after an error gets the patience that the slot is kept meanwhile. One that asked for
// patience itself gets it from the whole run: the slot is given back, and taken anew.
func (t *Transport) retry(req *http.Request, place *slot) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		o := t.follow(req, attempt)
		asked, limited := t.askedWait(o), t.limited(o)
		if limited {
			t.counters.limited.Add(1)
			place.refused(asked)
		}
		if attempt > t.backoff.attempts || !t.worthRepeating(req, o) {
			place.leave(o.good())
			return t.finish(req, o)
		}
		wait := t.backoff.after(attempt, asked)
		if deadline, ok := req.Context().Deadline(); ok && t.clock.Now().Add(wait).After(deadline) {
			place.leave(false)
			return t.finish(req, o)
		}
		last := t.reason(req, o)
		var err error
		if place, err = t.rest(req.Context(), wait, place, limited); err != nil {
			return nil, fmt.Errorf("%w while waiting to repeat after: %w", err, last)
		}
	}
}

// rest waits before a repetition, and gives the slot for it: the same one, or a new one where that was given back.
func (t *Transport) rest(ctx context.Context, wait time.Duration, place *slot, limited bool) (*slot, error) {
	err := t.clock.Sleep(ctx, wait)
	if err != nil {
		place.leave(false)
		return nil, err
	}
	if limited {
		return t.limiter.enter(ctx, true)
	}
	return place, nil
}

// limited reports that the server has too much to do: 429, or 503 with the time after which to come again. A 503 alone
// can be about anything.
func (t *Transport) limited(o outcome) bool {
	if o.err != nil || o.resp == nil {
		return false
	}
	status := o.resp.StatusCode
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable && t.askedWait(o) > 0
}

// good reports that the server answered, be it with a refusal that is about this request alone.
func (o outcome) good() bool {
	return o.err == nil && o.resp != nil && o.resp.StatusCode < http.StatusInternalServerError && !o.unmarked
}

// reason returns the error of an outcome that is not accepted, and lets go of its answer.
func (t *Transport) reason(req *http.Request, o outcome) error {
	if o.err != nil {
		return o.err
	}
	return t.answerError(req, o)
}

func (t *Transport) worthRepeating(req *http.Request, o outcome) bool {
	if o.permanent || !replayable(req) || req.Context().Err() != nil {
		return false
	}
	if !t.isRead(method(req), req.URL) {
		return o.unsent
	}
	var foreign *ForeignError
	switch {
	case errors.As(o.err, &foreign):
		return repeatable(foreign.Status)
	case o.err != nil:
		return true
	default:
		return o.unmarked && !unrepeated(req.Context()) || repeatable(o.resp.StatusCode)
	}
}

// repeatable are the statuses after which the same read may succeed.
func repeatable(status int) bool {
	return slices.Contains([]int{
		http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}, status)
}

// isPermanent reports the errors that another try will not change: a name that does not exist, a certificate that is
// not trusted, no TLS at the other end. A wrong address should be reported at once.
func isPermanent(err error) bool {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &name) && name.IsNotFound || errors.As(err, &certificate) || errors.As(err, &record) ||
		errors.Is(err, http.ErrSchemeMismatch)
}

// noConnection are the errors of setting a connection up, for a base that does not report its connections as net/http
// does. Anything else counts as sent.
func noConnection(err error) bool {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var op *net.OpError
	return errors.As(err, &name) || errors.As(err, &certificate) ||
		errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// finish turns the last outcome into the answer: a response below 500 that is not 429 and no unmarked 404, or an error.
func (t *Transport) finish(req *http.Request, o outcome) (*http.Response, error) {
	write := !t.isRead(method(req), req.URL)
	mark := func(err error) error { return &UnclearError{Method: method(req), URL: t.describe(req.URL), Err: err} }
	if o.err != nil {
		o.err = orContext(req.Context(), o.err)
		if write && o.unclear {
			return nil, mark(o.err)
		}
		return nil, o.err
	}
	if o.good() && o.resp.StatusCode != http.StatusTooManyRequests {
		if s, ok := o.resp.Body.(*stream); ok && write {
			s.mark = mark
		}
		if o.resp.StatusCode >= http.StatusBadRequest || write {
			// What answers a write is a message, too: a copy tells its errors with 200 on some servers.
			redactBody(o.resp, o.sent)
		}
		return o.resp, nil
	}
	err := t.answerError(req, o)
	if write && o.resp.StatusCode != http.StatusTooManyRequests {
		return nil, mark(err)
	}
	return nil, err
}

// orContext prefers the caller's own reason for an interruption over what the network makes of it.
func orContext(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err)
	}
	return err
}

// maxStatusBody bounds what an error keeps of an answer, in bytes.
const maxStatusBody = 4 << 10

// answerError makes an error of an answer that is not accepted.
func (t *Transport) answerError(req *http.Request, o outcome) error {
	// What cannot be read of an error page is not missed.
	raw, _ := io.ReadAll(io.LimitReader(o.resp.Body, maxStatusBody))
	_ = o.resp.Body.Close()
	body := sanitize.Message(withoutSecrets(string(raw), o.sent))
	if o.unmarked {
		return &UnmarkedError{Method: method(req), URL: t.describe(req.URL), Body: body}
	}
	return &StatusError{
		Method: method(req), URL: t.describe(req.URL), Status: o.resp.StatusCode, Body: body,
		RetryAfter: t.askedWait(o),
	}
}

func (t *Transport) askedWait(o outcome) time.Duration {
	if o.err != nil || o.resp == nil {
		return 0
	}
	return retryAfter(o.resp.Header, t.clock.Now())
}

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
