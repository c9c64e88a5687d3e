// Package client is a plain HTTP client for one Artifactory. It shares no code with the plugin, so that what it finds
// is found independently, and it never sends its token anywhere but to the server that it was made for.
package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody is far more than any answer that is asked for.
const maxBody = 4 << 20

var errURL = errors.New("want the base URL of Artifactory, such as https://example.jfrog.io/artifactory")

// Client sends requests as one user.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// New returns a client for a base URL, with or without /artifactory at its end.
func New(base, token string) (*Client, error) {
	u, err := url.Parse(strings.TrimSpace(base))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		return nil, errURL
	}
	if u.Path = strings.TrimSuffix(u.Path, "/") + "/"; u.Path == "/" {
		u.Path = "/artifactory/"
	}
	return &Client{base: u, token: token, http: &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// As is the same server for another user.
func (c *Client) As(token string) *Client {
	other := *c
	other.token = token
	return &other
}

// Host is the host with its port, for registry clients.
func (c *Client) Host() string { return c.base.Host }

// Insecure reports that the server is reached without TLS.
func (c *Client) Insecure() bool { return c.base.Scheme == "http" }

// Base is the URL of Artifactory, with a slash at its end.
func (c *Client) Base() string { return c.base.String() }

// Request is one request.
type Request struct {
	Method string
	// Path is escaped, and relative to the base URL, or to the platform's if it begins with a slash.
	Path   string
	Query  url.Values
	Header map[string]string
	Body   []byte
}

// patience is how often a server that has too much to do (429) is asked again, and busy how long it is left alone when
// it does not say.
const (
	patience = 4
	busy     = 5 * time.Second
)

// Do sends a request. Redirects are answers like any other; only the wish to be asked later is followed.
func (c *Client) Do(ctx context.Context, r Request) (*Answer, error) {
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, r)
		if err != nil || answer.Status != http.StatusTooManyRequests || attempt == patience {
			return answer, err
		}
		pause := busy
		if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
			pause = min(time.Duration(seconds)*time.Second, time.Minute)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (c *Client) once(ctx context.Context, r Request) (*Answer, error) {
	target, err := c.resolve(r.Path)
	if err != nil {
		return nil, err
	}
	if len(r.Query) > 0 {
		query := target.Query()
		for k, v := range r.Query {
			query[k] = v
		}
		target.RawQuery = query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, target.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	for name, value := range r.Header {
		request.Header.Set(name, value)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	return c.send(request)
}

// resolve returns the URL of a path, and refuses one that leads away from the server.
func (c *Client) resolve(path string) (*url.URL, error) {
	base := *c.base
	if strings.HasPrefix(path, "/") {
		base.Path = strings.TrimSuffix(base.Path, "artifactory/")
		path = strings.TrimPrefix(path, "/")
	}
	// "./" keeps a colon in the first segment from being read as a scheme.
	target, err := base.Parse("./" + path)
	if err != nil {
		return nil, fmt.Errorf("%q is no path: %w", path, err)
	}
	return target, nil
}

func (c *Client) send(request *http.Request) (*Answer, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return &Answer{
		Method: request.Method, URL: request.URL.String(), Status: response.StatusCode, Header: response.Header, Body: body,
	}, nil
}

// Below returns what a Location that the server handed out names, as a Path for Do. Of the server's idea of its own
// name nothing is kept: behind a proxy it is often wrong, and the token goes to the server that the user named, and to
// no other.
func (c *Client) Below(location string) (path string, query url.Values, err error) {
	u, err := c.base.Parse(location)
	if err != nil {
		return "", nil, err
	}
	below, ok := strings.CutPrefix(u.EscapedPath(), strings.TrimSuffix(c.base.Path, "artifactory/"))
	if !ok {
		return "", nil, fmt.Errorf("the server names the path %q, which is not its own: %w", u.EscapedPath(), errURL)
	}
	return "/" + below, u.Query(), nil
}

// maxRedirects is how often Content goes on.
const maxRedirects = 3

// Content gets a file, from wherever the server redirects to. There the token is not shown.
func (c *Client) Content(ctx context.Context, path string) (*Answer, error) {
	answer, err := c.Do(ctx, Request{Method: http.MethodGet, Path: path})
	for range maxRedirects {
		if err != nil || answer.Status < 300 || answer.Status > 399 || answer.Header.Get("Location") == "" {
			break
		}
		answer, err = c.follow(ctx, answer)
	}
	return answer, err
}

func (c *Client) follow(ctx context.Context, from *Answer) (*Answer, error) {
	base, err := url.Parse(from.URL)
	if err != nil {
		return nil, err
	}
	to, err := base.Parse(from.Header.Get("Location"))
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	return c.send(request)
}
