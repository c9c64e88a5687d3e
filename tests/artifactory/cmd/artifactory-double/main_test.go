package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// serve runs the command on a free port and returns its base URL and the function that ends it.
func serve(t *testing.T, args ...string) (url string, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), in, io.Discard)
		_ = in.Close()
	}()
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the first line is the URL")
	url = lines.Text()
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return url, func() error {
		cancel()
		return <-done
	}
}

func get(t *testing.T, method, url string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	require.NoError(t, err)
	r.SetBasicAuth("ci", "secret")
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(raw)
}

func TestServesUntilInterrupted(t *testing.T) {
	t.Parallel()
	url, end := serve(t, "--repo", "a", "--repo", "v:virtual", "--repo", "o:local:oci", "--user", "ci:secret:token",
		"--referrers", "off")
	_, body := get(t, "GET", url+"api/repositories/v")
	assert.Contains(t, body, `"repositories":["a","o"]`)
	status, _ := get(t, "GET", url+"api/docker/o/v2/app/referrers/sha256:"+strings.Repeat("0", 64))
	assert.Equal(t, 404, status)

	root := strings.TrimSuffix(url, "artifactory/")
	_, body = get(t, "GET", root+"_double/stats")
	var stats artifactory.Stats
	require.NoError(t, json.Unmarshal([]byte(body), &stats))
	assert.Equal(t, 2, stats.Requests)
	_, body = get(t, "GET", root+"_double/log")
	var log []artifactory.Request
	require.NoError(t, json.Unmarshal([]byte(body), &log))
	assert.Equal(t, "/artifactory/api/repositories/v", log[0].Path)
	status, _ = get(t, "POST", root+"_double/reset")
	assert.Equal(t, 204, status)
	_, body = get(t, "GET", root+"_double/log")
	assert.JSONEq(t, "null", body)
	require.NoError(t, end())
}

func TestMistakesInFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"extra"}, {"--repo", ""}, {"--repo", "a:b:c:d"}, {"--user", "nopassword"}, {"--referrers", "maybe"}, {
			"--listen",
			"nowhere:x",
		},
	} {
		assert.Error(t, run(t.Context(), args, io.Discard, io.Discard), args)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := parse(nil, io.Discard)
	require.NoError(t, err)
	assert.Len(t, c.repos, 2)
	assert.True(t, c.referrers)
	assert.Equal(t, "admin", c.users[0].Name)
	assert.Contains(t, c.welcome(c.server("http://127.0.0.1:1")), "127.0.0.1:1/docker-dev-local/app:1.0")
}
