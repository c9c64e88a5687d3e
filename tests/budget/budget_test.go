package budget

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	rest "github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/registry"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// roundTrip is how long the double takes for an answer, in the time of the test.
const roundTrip = 50 * time.Millisecond

// TestBudgets promotes every case and counts.
func TestBudgets(t *testing.T) {
	t.Parallel()
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { c.hold(t) })
		})
	}
}

func (c Case) hold(t *testing.T) {
	t.Helper()
	server := artifactory.NewServer(
		artifactory.WithRepository(artifactory.Repository{Key: Source}),
		artifactory.WithRepository(artifactory.Repository{Key: Target}),
		artifactory.WithUser(artifactory.User{Name: "ci", Password: "secret", Admin: true}),
	)
	server.SetURL("http://artifactory.test:8081")
	if c.NoAPI {
		server.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff })
	}
	f := fixture.New(server)
	c.Prepare(f.Image(Source, Image))
	if c.Beside != nil {
		c.Beside(f.Image(Target, Image))
	}
	if c.Again {
		promote(t, server, c.Move)
	}
	server.SetLatency(roundTrip)
	server.ResetLog()
	began := time.Now()
	outcome := promote(t, server, c.Move)
	c.judge(t, server, outcome, int(time.Since(began)/roundTrip))
}

func (c Case) judge(t *testing.T, server *artifactory.Server, outcome promotion.Outcome, depth int) {
	t.Helper()
	stats := server.Stats()
	show(t, server)
	t.Logf("%d requests, %d one after another; %d writes, %d bytes sent, %d received", stats.Requests, depth, stats.Writes,
		stats.SentBytes, stats.ReceivedBytes)
	if c.Again {
		assert.Equal(t, promotion.AlreadyThere, outcome)
		assert.Zero(t, stats.Writes)
	} else {
		assert.Equal(t, promotion.Promoted, outcome)
	}
	assert.LessOrEqual(t, stats.Requests, c.Limits.Requests, "requests")
	assert.LessOrEqual(t, depth, c.Limits.Depth, "requests one after another")
	assert.Zero(t, stats.LayerBytesDown+stats.LayerBytesUp, "bytes of image layers through the client")
}

// show lists what was asked, with the round trip in which it was.
func show(t *testing.T, server *artifactory.Server) {
	t.Helper()
	log := server.Log()
	if len(log) == 0 {
		return
	}
	first := log[0].Start
	for _, r := range log {
		t.Logf("%3d  %s %s?%s %d", r.Start.Sub(first)/roundTrip+1, r.Method, r.Path, r.Query, r.Status)
	}
}

func promote(t *testing.T, server *artifactory.Server, move bool) promotion.Outcome {
	t.Helper()
	at := func(repo string) reference.Reference {
		return reference.Reference{Image: reference.Image{Repo: repo, Path: Image}, Tag: Tag}
	}
	request := plan.Request{Source: at(Source), Target: at(Target), Move: move, OnConflict: plan.OnConflictMerge}
	summary, err := connect(t, server).Run(t.Context(), request, 1)
	require.NoError(t, err)
	require.Len(t, summary.Results, 1)
	require.NoError(t, summary.Results[0].Err)
	return summary.Results[0].Outcome
}

// connect builds the plugin as a run of a command does, on a wire without a network.
func connect(t *testing.T, server *artifactory.Server) *promotion.Promoter {
	t.Helper()
	base, err := url.Parse(server.URL())
	require.NoError(t, err)
	client := transport.New(transport.Options{
		Server: base, Base: wire{server}, Auth: login{},
		Retry: transport.Retry{Attempts: -1},
	}).Client()
	calls, images := rest.New(base, client), registry.New(base, client)
	return &promotion.Promoter{
		Server: remote.Server{
			Reader: remote.Reader{Registry: images, Catalog: remote.CacheCatalog(calls), Blobs: images},
			Mover:  calls, Checker: calls, Annotator: calls, Pusher: images, Linker: calls, Attempts: 2, Sleep: remote.Sleep,
		},
	}
}

type login struct{}

// Authorize sets the credentials.
func (login) Authorize(r *http.Request) error {
	r.SetBasicAuth("ci", "secret")
	return nil
}

// wire hands requests to the double.
type wire struct{ http.Handler }

// RoundTrip carries one request.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	in := r.Clone(r.Context())
	in.Host, in.URL = r.URL.Host, &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	in.RequestURI = in.URL.RequestURI()
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	out := httptest.NewRecorder()
	w.ServeHTTP(out, in)
	answer := out.Result()
	answer.Request = r
	return answer, nil
}
