// Package artifactory makes the REST calls that a promotion needs. Those for which jfrog-client-go has a fitting
// service go through that service, the others through its HTTP client; each of them says why. Both are on our
// transport, see relay for what is not left to them: which request is sent, whether its answer is whole, and what an
// error means.
package artifactory

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	clientgo "github.com/jfrog/jfrog-client-go/artifactory"
	"github.com/jfrog/jfrog-client-go/artifactory/auth"
	"github.com/jfrog/jfrog-client-go/config"
	"github.com/jfrog/jfrog-client-go/http/jfroghttpclient"
	"github.com/jfrog/jfrog-client-go/utils/io/httputils"

	"github.com/signed-promote/signed-promote/utils/memo"
)

// Client makes REST calls to one Artifactory.
type Client struct {
	base *url.URL
	http *http.Client
	// searches bounds the searches at one time.
	searches chan struct{}
	// pinged reports whether the URL is that of an Artifactory; it is asked only once something was answered that
	// speaks against it.
	pinged memo.Map[struct{}, bool]
}

// New makes a client for the Artifactory at base ("https://host/artifactory/"). The HTTP client authenticates, retries
// reads and counts.
func New(base *url.URL, client *http.Client) *Client {
	return &Client{base: base, http: client, searches: make(chan struct{}, maxSearches)}
}

// call is one request.
type call struct {
	method string
	path   string
	// escaped is the path with the escapes that it needs where a name in it holds a "/"; otherwise empty.
	escaped string
	// theirs is the escaped path that client-go writes, where it is another one.
	theirs string
	query  url.Values
	header http.Header
	// accepted are the statuses of a success, 200 alone unless given.
	accepted []int
	// reports is set where an answer of 200 may hold an error message.
	reports bool
	// streams is set where the body of a success is read while it comes.
	streams bool
}

// String returns method and path, as errors name the call.
func (k call) String() string { return k.method + " " + k.path }

func (k call) accepts(status int) bool {
	if k.accepted == nil {
		return status == http.StatusOK
	}
	return slices.Contains(k.accepted, status)
}

// services are client-go's.
type services = clientgo.ArtifactoryServicesManager

// with lets use make one call by client-go, and returns what became of it.
func (c *Client) with(ctx context.Context, k call, use func(services) error) error {
	return c.orNoServer(ctx, c.send(ctx, k, use))
}

func (c *Client) send(ctx context.Context, k call, use func(services) error) error {
	r := &relay{ctx: ctx, call: k, address: c.address(k), http: c.http}
	r.expected = r.address.EscapedPath()
	if k.theirs != "" {
		r.expected = escapePath(c.base.Path) + k.theirs
	}
	manager, err := c.services(r)
	if err != nil {
		return err
	}
	return r.outcome(use(manager))
}

// services returns client-go's services on the relay of one call. They know the address alone: the transport adds
// credentials, and repeats what may be repeated.
func (c *Client) services(r *relay) (services, error) {
	details := auth.NewArtifactoryDetails()
	details.SetUrl(c.base.String())
	client, err := jfroghttpclient.JfrogClientBuilder().SetHttpClient(&http.Client{Transport: r}).SetRetries(0).Build()
	if err != nil {
		return nil, err
	}
	settings, err := config.NewConfigBuilder().SetServiceDetails(details).SetThreads(1).Build()
	if err != nil {
		return nil, err
	}
	// Not artifactory.New: it builds a second HTTP client, and keeps it in the details.
	return clientgo.NewWithClient(settings, client)
}

// direct makes a call for which client-go has no service that fits, by its HTTP client. Content is sent as it is.
func (c *Client) direct(ctx context.Context, k call, content []byte) error {
	return c.with(ctx, k, func(s services) error {
		_, _, _, err := s.Client().Send(k.method, c.address(k).String(), content, true, true, &httputils.HttpClientDetails{}, "") //nolint:bodyclose // client-go closes it
		return err
	})
}

// address returns where a call goes.
func (c *Client) address(k call) *url.URL {
	address := *c.base
	address.Path, address.RawPath, address.RawQuery = c.base.Path+k.path, escapePath(c.base.Path+k.path), k.query.Encode()
	if k.escaped != "" {
		address.RawPath = escapePath(c.base.Path) + k.escaped
	}
	return &address
}

// escapePath escapes what Artifactory would take for matrix parameters, beside what a URL must escape.
func escapePath(path string) string {
	escaped := (&url.URL{Path: path}).EscapedPath()
	return strings.ReplaceAll(escaped, ";", "%3B")
}

// messages turns an ERROR message in an answer of 200 into an error; some versions report that way (contract
// copy-error-status). An answer that cannot be read is left to the read back that follows every write.
func messages(k call, body []byte) error {
	var a answer
	_ = json.Unmarshal(body, &a)
	for _, m := range a.Messages {
		if strings.EqualFold(m.Level, "ERROR") {
			return k.refused(http.StatusOK, body)
		}
	}
	return nil
}
