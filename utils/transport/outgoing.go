package transport

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// outgoing makes the request that leaves for a hop. The caller's is never changed.
func (t *Transport) outgoing(req *http.Request, h hop, attempt int) (*http.Request, error) {
	out := req.Clone(req.Context())
	// client-go sets Close, which would cost a connection for each request.
	out.Close, out.Host, out.Response = false, "", nil
	out.URL = &url.URL{
		Scheme: h.url.Scheme, Host: h.url.Host, Path: h.url.Path, RawPath: h.url.RawPath,
		RawQuery: h.url.RawQuery,
	}
	out.Header = withoutOverrides(out.Header)
	if t.opts.UserAgent != "" {
		out.Header.Set("User-Agent", t.opts.UserAgent)
	}
	// Said aloud, since a proxy may pack an answer to a request that says nothing.
	out.Header.Set("Accept-Encoding", "identity")
	if h.abroad {
		out.Header = foreignHeader(out.Header)
	} else if err := t.authorize(out); err != nil {
		closeBody(req)
		return nil, fmt.Errorf("credentials for %s: %w", host(h.url), err)
	}
	return out, rewind(out, req, attempt > 1 || h.number > 0)
}

// rewind returns out a body of its own when the one of req has been used.
func rewind(out, req *http.Request, used bool) (err error) {
	if used && !empty(req) {
		out.Body, err = req.GetBody()
	}
	return err
}

func empty(req *http.Request) bool { return req.Body == nil || req.Body == http.NoBody }

func replayable(req *http.Request) bool { return empty(req) || req.GetBody != nil }

// metered counts the body of a request, also when net/http rewinds it because nothing had been written.
func (t *Transport) metered(out *http.Request, dog *watchdog) *http.Request {
	if empty(out) {
		return out
	}
	wrap := func(body io.ReadCloser) io.ReadCloser {
		return &counted{ReadCloser: body, total: &t.counters.sent, dog: dog}
	}
	if again := out.GetBody; again != nil {
		out.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			return wrap(body), nil
		}
	}
	out.Body = wrap(out.Body)
	return out
}
