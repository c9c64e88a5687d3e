// Package artifactory makes the REST calls that a promotion needs. They go through client-go's HTTP client, on our transport and
// with its retries off; its services are passed by where they reduce an answer to text, since decisions here are made on status
// codes alone.
package artifactory

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/jfrog/jfrog-client-go/http/httpclient"
	clientutils "github.com/jfrog/jfrog-client-go/utils"
	"github.com/jfrog/jfrog-client-go/utils/io/httputils"
)

// Client makes REST calls to one Artifactory.
type Client struct {
	base string
	http *http.Client
}

// New makes a client for the Artifactory at base ("https://host/artifactory/"). The HTTP client authenticates, retries reads and
// counts.
func New(base *url.URL, client *http.Client) *Client {
	return &Client{base: base.String(), http: client}
}

// call is one request. Content is sent as JSON unless nil.
type call struct {
	method  string
	path    string
	query   map[string]string
	content any
}

// send carries out a call and returns the body when the server answered one of the expected statuses, else a *StatusError.
func (c *Client) send(ctx context.Context, k call, expected ...int) ([]byte, error) {
	address, err := clientutils.BuildUrl(c.base, k.path, k.query)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", k.method, k.path, err)
	}
	details := httputils.HttpClientDetails{Headers: map[string]string{}}
	content, err := encode(k.content, &details)
	if err != nil {
		return nil, err
	}
	// The client is a pair of pointers; it is built for each call because client-go takes the context of a call there.
	client, err := httpclient.ClientBuilder().SetHttpClient(c.http).SetContext(ctx).SetRetries(0).Build()
	if err != nil {
		return nil, err
	}
	resp, body, _, err := client.Send(k.method, address, content, true, true, details, "")
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", k.method, k.path, err)
	}
	return body, check(k, resp.StatusCode, body, expected)
}

func encode(content any, details *httputils.HttpClientDetails) ([]byte, error) {
	if content == nil {
		return nil, nil
	}
	details.SetContentTypeApplicationJson()
	return json.Marshal(content)
}

// get reads a JSON answer into v.
func (c *Client) get(ctx context.Context, path string, v any) error {
	body, err := c.send(ctx, call{method: http.MethodGet, path: path}, http.StatusOK)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("GET %s: the answer cannot be read: %w", path, err)
	}
	return nil
}
