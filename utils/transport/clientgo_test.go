package transport

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/jfrog/jfrog-client-go/config"
	"github.com/jfrog/jfrog-client-go/http/jfroghttpclient"
	"github.com/jfrog/jfrog-client-go/utils/io/httputils"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func countNew(n *atomic.Int64) func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
}

// clientGo is JFrog's client as the REST calls use it: on this transport, its own retries off.
func clientGo(t *testing.T, tr *Transport) *jfroghttpclient.JfrogHttpClient {
	t.Helper()
	c, err := config.NewConfigBuilder().SetHttpRetries(0).SetHttpClient(tr.Client()).Build()
	require.NoError(t, err)
	client, err := jfroghttpclient.JfrogClientBuilder().SetRetries(c.GetHttpRetries()).SetHttpClient(c.GetHttpClient()).Build()
	require.NoError(t, err)
	return client
}

// details hold what client-go sets by itself for every address.
func details() *httputils.HttpClientDetails {
	return &httputils.HttpClientDetails{User: "other", Password: "secret", Headers: map[string]string{}}
}

func TestClientGoKeepsItsConnection(t *testing.T) {
	t.Parallel()
	var connections, users atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, _, _ := r.BasicAuth(); user == "u" {
			users.Add(1)
		}
		_, _ = io.WriteString(w, "{}")
	}))
	s.Config.ConnState = countNew(&connections)
	s.Start()
	t.Cleanup(s.Close)
	client := clientGo(t, over(t, s.URL, Options{Auth: basic{"u", "p"}}))
	for range 20 {
		resp, _, err := client.SendPost(s.URL+"/api/docker/r/v2/promote", []byte("{}"), details()) //nolint:bodyclose // client-go did
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	}
	assert.Equal(t, int64(1), connections.Load())
	assert.Equal(t, int64(20), users.Load(), "the configured credentials replace its own")
}

func TestClientGoPassesTheErrorsOn(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "maintenance")
	})
	tr := over(t, s.URL, Options{})
	client := clientGo(t, tr)
	_, _, _, err := client.SendGet(s.URL+"/api/storage/r/i", true, details()) //nolint:bodyclose // there is none
	var status *StatusError
	require.ErrorAs(t, err, &status)
	assert.Equal(t, 503, status.Status)
	assert.Equal(t, "maintenance", status.Body)
	assert.Equal(t, int64(1+DefaultAttempts), tr.Counters().Requests)

	_, _, err = client.SendPost(s.URL+"/api/copy/r/i", nil, details()) //nolint:bodyclose // there is none
	var unclear *UnclearError
	require.ErrorAs(t, err, &unclear)
	require.ErrorAs(t, err, &status)
	assert.Equal(t, int64(2+DefaultAttempts), tr.Counters().Requests, "the write went out once")
}

func TestClientGoCannotLeadAWriteElsewhere(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	other := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other.URL+"/api/copy/r/i")
			w.WriteHeader(status)
		})
		_, _, err := clientGo(t, over(t, s.URL, Options{})).SendPost(s.URL+"/api/copy/r/i", []byte("x"), details()) //nolint:bodyclose // there is none
		var foreign *ForeignError
		require.ErrorAs(t, err, &foreign)
	}
	assert.Zero(t, reached.Load())
}
