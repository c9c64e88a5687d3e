package client_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

const token = "a-secret-token"

// The token reaches the server alone: a redirect is an answer, and whoever follows it comes without.
func TestTokenStaysAtTheServer(t *testing.T) {
	t.Parallel()
	var seen []string
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		_, _ = w.Write([]byte("content"))
	}))
	t.Cleanup(storage.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Bearer "+token, r.Header.Get("Authorization"))
		http.Redirect(w, r, storage.URL+"/blob?signature=x", http.StatusFound)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, token)
	require.NoError(t, err)
	answer, err := c.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "repo/file"})
	require.NoError(t, err)
	assert.Equal(t, http.StatusFound, answer.Status)
	assert.Empty(t, seen)
	answer, err = c.Content(t.Context(), "repo/file")
	require.NoError(t, err)
	assert.Equal(t, "content", string(answer.Body))
	assert.Equal(t, []string{""}, seen)
}

// A server that has too much to do is asked again, and not for ever.
func TestBusyServer(t *testing.T) {
	t.Parallel()
	asked, free := 0, 3
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < free {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, token)
	require.NoError(t, err)
	answer, err := c.Do(t.Context(), client.Request{Method: http.MethodGet})
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, answer.Status)
	assert.Equal(t, 3, asked)
	free = 100
	answer, err = c.Do(t.Context(), client.Request{Method: http.MethodGet})
	require.NoError(t, err)
	assert.Equal(t, http.StatusTooManyRequests, answer.Status)
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://example.jfrog.io":               "https://example.jfrog.io/artifactory/",
		"https://example.jfrog.io/artifactory":   "https://example.jfrog.io/artifactory/",
		"http://127.0.0.1:8082/artifactory/\n":   "http://127.0.0.1:8082/artifactory/",
		"https://example.com/tools/artifactory/": "https://example.com/tools/artifactory/",
	} {
		c, err := client.New(base, token)
		require.NoError(t, err)
		assert.Equal(t, want, c.Base())
	}
	for _, base := range []string{
		"", "example.jfrog.io", "ftp://example.com", "https://user:pass@example.com",
		"https://example.com?x=1",
	} {
		_, err := client.New(base, token)
		assert.Error(t, err, base)
	}
}

func TestLocations(t *testing.T) {
	t.Parallel()
	c, err := client.New("https://example.com/tools/artifactory", token)
	require.NoError(t, err)
	for location, want := range map[string]string{
		"/tools/artifactory/api/docker/r/v2/i/blobs/uploads/1?state=x":                    "/artifactory/api/docker/r/v2/i/blobs/uploads/1",
		"https://inner.name:8081/tools/v2/r/i/blobs/uploads/1":                            "/v2/r/i/blobs/uploads/1",
		"https://example.com/tools/artifactory/api/docker/r/v2/i/manifests/sha256:abc%2F": "/artifactory/api/docker/r/v2/i/manifests/sha256:abc%2F",
	} {
		path, _, err := c.Below(location)
		require.NoError(t, err)
		assert.Equal(t, want, path)
	}
	_, _, err = c.Below("https://example.com/other")
	assert.Error(t, err)
}

func TestRedact(t *testing.T) {
	t.Parallel()
	c, err := client.New("https://example.com:8443/artifactory", token)
	require.NoError(t, err)
	r := client.NewRedactor(c)
	r.Hide("scratch-1-source", "<source>")
	r.HideUser("ann")
	for text, want := range map[string]string{
		`{"uri":"https://example.com:8443/artifactory/api/storage/scratch-1-source/x?a=b"}`: `{"uri":"<server>/artifactory/api/storage/<source>/x?a=b"}`,
		`<a href="https://bucket.example.org/k?X-Signature=abc">Found</a>`:                  `<a href="<elsewhere>">Found</a>`,
		`Bearer realm="https://example.com:8443/v2/token",service="example.com:8443"`:       `Bearer realm="<server>/v2/token",service="<server>"`,
		"host example.com said a-secret-token":                                              "host <server> said <token>",
		"user Ann may not annotate; ann:":                                                   "user <user> may not annotate; <user>:",
	} {
		assert.Equal(t, want, r.Redact(text))
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	c, err := client.New("https://example.com/artifactory", token)
	require.NoError(t, err)
	a := &client.Answer{
		Method: "GET", URL: c.Base() + "x", Status: 404, Body: []byte("line one\n\x1b[31mline two"),
		Header: http.Header{"X-Artifactory-Node-Id": {"node-7"}, "Content-Type": {"text/plain"}},
	}
	assert.Equal(t, client.Exchange{
		Request: "GET <server>/artifactory/x", Status: 404, Header: map[string]string{"content-type": "text/plain"}, Body: "line one ?[31mline two",
	}, a.Evidence(client.NewRedactor(c)))
}
