// Package artifactory makes the REST calls that a promotion needs, on our transport. client-go's services, and its HTTP client, are
// passed by for reasons that its code gives: they reduce an answer to text, and decisions here are made on status codes alone; they
// take a body that was cut off for a whole one; and they log every address a second time, unredacted. The requests are the same.
package artifactory

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/signed-promote/signed-promote/utils/transport"
)

// maxAnswer bounds the body of an answer, in bytes. The largest is the folder info of an image with very many tags.
const maxAnswer = 256 << 20

// Client makes REST calls to one Artifactory.
type Client struct {
	base *url.URL
	http *http.Client
	// searches bounds the searches at one time.
	searches chan struct{}
}

// New makes a client for the Artifactory at base ("https://host/artifactory/"). The HTTP client authenticates, retries reads and
// counts.
func New(base *url.URL, client *http.Client) *Client {
	return &Client{base: base, http: client, searches: make(chan struct{}, maxSearches)}
}

// call is one request. Content is sent as JSON unless nil.
type call struct {
	method string
	path   string
	// escaped is the path with the escapes that it needs where a name in it holds a "/"; otherwise empty.
	escaped string
	query   url.Values
	header  http.Header
	content any
}

// send carries out a call and returns the body when the server answered one of the expected statuses, else a *StatusError.
func (c *Client) send(ctx context.Context, k call, expected ...int) ([]byte, error) {
	req, err := c.request(ctx, k)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", k.method, k.path, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, transport.Bare(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s %s: reading the answer: %w", k.method, k.path, err)
	}
	return body, check(k, resp.StatusCode, body, expected)
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	address := *c.base
	address.Path, address.RawPath, address.RawQuery = c.base.Path+k.path, escapePath(c.base.Path+k.path), k.query.Encode()
	if k.escaped != "" {
		address.RawPath = escapePath(c.base.Path) + k.escaped
	}
	var body io.Reader
	if k.content != nil {
		content, err := json.Marshal(k.content)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(content)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, address.String(), body)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, k.header)
	if k.content != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// escapePath escapes what Artifactory would take for matrix parameters, beside what a URL must escape.
func escapePath(path string) string {
	escaped := (&url.URL{Path: path}).EscapedPath()
	return strings.ReplaceAll(escaped, ";", "%3B")
}

// get reads a JSON answer into v.
func (c *Client) get(ctx context.Context, path string, v any) error {
	return c.read(ctx, call{method: http.MethodGet, path: path}, v)
}

// read is get for a call with a query.
func (c *Client) read(ctx context.Context, k call, v any) error {
	body, err := c.send(ctx, k, http.StatusOK)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("GET %s: the answer cannot be read: %w", k.path, err)
	}
	return nil
}
