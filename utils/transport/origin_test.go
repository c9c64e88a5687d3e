package transport

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCredentialsAreBoundToSchemeHostAndPort(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, server, address string
		ours                  bool
	}{
		{"same", "https://h/artifactory/", "https://h/x", true},
		{"default port said", "https://h/", "https://h:443/x", true},
		{"default port of http", "http://h:80/", "http://h/x", true},
		{"empty port", "https://h/", "https://h:/x", true},
		{"case of host and scheme", "HTTPS://Host/", "https://hOST/x", true},
		{"user in the address", "https://u:p@h/", "https://other@h/x", true},
		{"IPv6", "http://[::1]:8081/", "http://[::1]:8081/x", true},
		{"another port", "https://h/", "https://h:8443/x", false},
		{"downgrade", "https://h/", "http://h/x", false},
		{"downgrade to the same port", "https://h/", "http://h:443/x", false},
		{"upgrade", "http://h/", "https://h/x", false},
		{"subdomain", "https://h/", "https://s.h/x", false},
		{"parent domain", "https://s.h/", "https://h/x", false},
		{"trailing dot", "https://h/", "https://h./x", false},
		{"host as user", "https://h/", "https://h@evil/x", false},
		{"no server", "", "https://h/x", false},
		{"no server, no host", "", "/x", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := New(Options{Server: mustURL(t, tt.server)})
			assert.Equal(t, tt.ours, tr.isServer(mustURL(t, tt.address)))
		})
	}
}

func withSecrets(r *http.Request) *http.Request {
	for _, name := range []string{
		"Authorization", "Proxy-Authorization", "Cookie", "X-JFrog-Art-Api", "X-Auth-Token",
		"Uber-Trace-Id", "Referer",
	} {
		r.Header.Set(name, "secret")
	}
	r.Header["cookie"] = []string{"secret"}
	r.Header.Set("Range", "bytes=0-1")
	r.Host = "art.example.com"
	return r
}

func TestAForeignHostGetsNoCredentialsWhoeverSetThem(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{answer(200, "x")}}
	tr, _ := overBase(t, Options{Auth: basic{"u", "p"}, TraceID: "id", UserAgent: "sp/1"}, s.base)
	req := withSecrets(request(t, http.MethodGet, "https://u:p@art.example.com:8443/blob", ""))
	_, _, err := send(t, tr, req)
	require.NoError(t, err)
	assert.Equal(t, http.Header{
		"Accept-Encoding": {"identity"}, "Range": {"bytes=0-1"}, "User-Agent": {"sp/1"},
	}, s.seen[0].Header)
	assert.Nil(t, s.seen[0].URL.User)
	assert.Empty(t, s.seen[0].Host)
	assert.Equal(t, "secret", req.Header.Get("Authorization"), "the caller's request must stay as it was")
}

func TestTheServerGetsTheConfiguredCredentialsOnly(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{answer(200, "x")}}
	tr, _ := overBase(t, Options{Auth: basic{"u", "p"}, TraceID: "id"}, s.base)
	req := withSecrets(request(t, http.MethodGet, "https://x:y@art.example.com/artifactory/a", ""))
	_, _, err := send(t, tr, req)
	require.NoError(t, err)
	user, password, ok := s.seen[0].BasicAuth()
	assert.True(t, ok)
	assert.Equal(t, "u:p", user+":"+password)
	assert.Empty(t, s.seen[0].Header.Get("X-JFrog-Art-Api"), "set by somebody else")
	assert.Equal(t, "id:id:0:0", s.seen[0].Header.Get("uber-trace-id"))
	assert.Nil(t, s.seen[0].URL.User)
}

func TestWithoutAuthorizerTheServerGetsWhatTheRequestCarries(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{answer(200, "x")}}
	tr, _ := overBase(t, Options{}, s.base)
	_, _, err := send(t, tr, withSecrets(request(t, http.MethodGet, "https://art.example.com/artifactory/a", "")))
	require.NoError(t, err)
	assert.Equal(t, "secret", s.seen[0].Header.Get("Authorization"))
}

func TestWritesToAForeignHostAreRefused(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete, "get"} {
		s := &script{}
		tr, _ := overBase(t, Options{}, s.base)
		_, _, err := send(t, tr, request(t, method, "https://art.example.com:8443/artifactory/api/search/aql", "b"))
		var foreign *ForeignError
		require.ErrorAs(t, err, &foreign, method)
		assert.Equal(t, "art.example.com:8443", foreign.Host)
		assert.Empty(t, s.seen)
	}
}

func TestAForeignAnswerIsNeverAbsence(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 304, 400, 401, 403, 404, 410, 501} {
		s := &script{steps: []baseFunc{answer(status, "not here")}}
		tr, _ := overBase(t, Options{}, s.base)
		_, _, err := send(t, tr, request(t, http.MethodGet, "https://storage.example.com/b?sig=abc", ""))
		var foreign *ForeignError
		require.ErrorAs(t, err, &foreign, "status %d", status)
		assert.Equal(t, status, foreign.Status)
		assert.Contains(t, err.Error(), "storage.example.com")
		assert.NotContains(t, err.Error(), "abc")
		_, isStatus := statusOf(err)
		assert.False(t, isStatus)
	}
}

func TestFailedAuthorizationSendsNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("no token")
	s := &script{}
	tr, clock := overBase(t, Options{Auth: brokenAuth{broken}}, s.base)
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		_, _, err := send(t, tr, request(t, method, "https://art.example.com/artifactory/a", "x"))
		require.ErrorIs(t, err, broken)
		var unclear *UnclearError
		assert.NotErrorAs(t, err, &unclear)
	}
	assert.Empty(t, s.seen)
	assert.Empty(t, clock.sleeps)
}

func TestOnlyAddressesWithHostAndKnownScheme(t *testing.T) {
	t.Parallel()
	tr, _ := overBase(t, Options{}, (&script{}).base)
	for _, u := range []*url.URL{nil, {}, {Scheme: "ftp", Host: "h"}, {Scheme: "https", Opaque: "//h/x"}} {
		_, err := tr.RoundTrip(&http.Request{Method: http.MethodGet, URL: u}) //nolint:bodyclose // there is none
		require.Error(t, err)
	}
}
