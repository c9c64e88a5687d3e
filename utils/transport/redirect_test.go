package transport

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const item = "https://art.example.com/artifactory/r/i"

func to(status int, location string) baseFunc { return answer(status, "", "Location", location) }

func TestABlobComesFromStorageWithoutCredentials(t *testing.T) {
	t.Parallel()
	var leaked atomic.Bool
	storage := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
			leaked.Store(true)
		}
		_, _ = fmt.Fprint(w, "blob")
	})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := r.BasicAuth(); !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Location", storage.URL+"/b?X-Amz-Signature=abc")
		w.WriteHeader(http.StatusFound)
	})
	tr := over(t, server.URL, Options{Auth: basic{"u", "p"}})
	req := request(t, http.MethodGet, server.URL+"/artifactory/blob", "")
	req.Header.Set("Cookie", "c=1")
	resp, err := tr.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, server.URL+"/artifactory/blob", resp.Request.URL.String(), "the signed address is nobody's business")
	assert.False(t, leaked.Load())
	assert.Equal(t, int64(2), tr.Counters().Requests)
	assert.Equal(t, int64(4), tr.Counters().ReceivedBytes)
}

func TestA404ThroughARedirectToAnotherPortIsAnError(t *testing.T) {
	t.Parallel()
	storage := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, storage.URL+"/b?X-Amz-Signature=abc", http.StatusTemporaryRedirect)
	})
	resp, err := over(t, server.URL, Options{}).Client().Do(request(t, http.MethodHead, server.URL+"/m", ""))
	if err == nil {
		_ = resp.Body.Close()
	}
	var foreign *ForeignError
	require.ErrorAs(t, err, &foreign)
	assert.Equal(t, http.StatusNotFound, foreign.Status)
	assert.Equal(t, strings.TrimPrefix(storage.URL, "http://"), foreign.Host)
	assert.NotContains(t, err.Error(), "abc", "neither may net/http tell the signed address")
}

func TestOnceCrossOriginAlwaysCrossOrigin(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{to(302, "https://evil.example.com/x"), to(302, item), answer(404, "")}}
	tr, _ := overBase(t, Options{Auth: basic{"u", "p"}}, s.base)
	_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
	var foreign *ForeignError
	require.ErrorAs(t, err, &foreign)
	require.Len(t, s.seen, 3)
	assert.NotEmpty(t, s.seen[0].Header.Get("Authorization"))
	assert.Empty(t, s.seen[1].Header.Get("Authorization"))
	assert.Empty(t, s.seen[2].Header.Get("Authorization"))
}

func TestASignInPageIsNotContent(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{
		to(302, "https://sso.example.com/login"),
		answer(200, "<html>", "Content-Type", "text/html; charset=utf-8"),
	}}
	tr, _ := overBase(t, Options{}, s.base)
	_, _, err := send(t, tr, request(t, http.MethodHead, item, ""))
	var foreign *ForeignError
	require.ErrorAs(t, err, &foreign)
	assert.Contains(t, err.Error(), "sign-in")
}

func TestRedirectsAtTheServerKeepTheirAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := &script{steps: []baseFunc{to(status, "../other?x=1"), answer(404, "none", "X-Artifactory-Id", "x")}}
		tr, _ := overBase(t, Options{Auth: basic{"u", "p"}}, s.base)
		resp, err := tr.RoundTrip(request(t, http.MethodGet, item, ""))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusNotFound, resp.StatusCode)
		assert.Equal(t, "https://art.example.com/artifactory/other?x=1", resp.Request.URL.String(), "base of relative links")
		assert.NotEmpty(t, s.seen[1].Header.Get("Authorization"))
	}
}

func TestARedirectWithoutLocationIsAnAnswer(t *testing.T) {
	t.Parallel()
	tr, _ := overBase(t, Options{}, answer(302, "x"))
	status, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
	require.NoError(t, err)
	assert.Equal(t, http.StatusFound, status)
}

func TestWritesStayWhereTheyWereSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		status   int
		location string
		unclear  bool
	}{
		{"302 would become a GET", 302, "/artifactory/r/j", false},
		{"301 would become a GET", 301, "/artifactory/r/j", false},
		{"303 may mean done", 303, "/artifactory/r/j", true},
		{"other host", 307, "https://evil.example.com/r/i", false},
		{"other port", 308, "https://art.example.com:8443/r/i", false},
		{"downgrade", 307, "http://art.example.com/artifactory/r/i", false},
		{"no address", 307, "://", false},
		{"other scheme", 307, "file:///etc/passwd", false},
	}
	for _, tt := range tests {
		for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
			t.Run(tt.name+" "+method, func(t *testing.T) {
				t.Parallel()
				s := &script{steps: []baseFunc{to(tt.status, tt.location)}}
				tr, _ := overBase(t, Options{}, s.base)
				_, _, err := send(t, tr, request(t, method, item, "body"))
				require.Error(t, err)
				assert.Len(t, s.seen, 1)
				var unclear *UnclearError
				assert.Equal(t, tt.unclear, assertAs(err, &unclear))
			})
		}
	}
}

func TestAWriteFollowsTheServerToAnotherPathOnce(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{to(307, "/artifactory/r/j"), answer(201, "done")}}
	tr, _ := overBase(t, Options{}, s.base)
	status, _, err := send(t, tr, request(t, http.MethodPut, item, "body"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, status)
	assert.Equal(t, []string{"body", "body"}, s.body)
	assert.Equal(t, http.MethodPut, s.seen[1].Method)
	assert.Equal(t, int64(8), tr.Counters().SentBytes)
}

func TestAWriteWhoseBodyIsGoneIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{to(307, "/artifactory/r/j")}}
	tr, _ := overBase(t, Options{}, s.base)
	req := request(t, http.MethodPut, item, "body")
	req.GetBody = nil
	_, _, err := send(t, tr, req)
	var redirect *RedirectError
	require.ErrorAs(t, err, &redirect)
}

func TestTheSearchStaysASearch(t *testing.T) {
	t.Parallel()
	s := &script{steps: []baseFunc{to(307, "/artifactory/api/copy/r/i?to=/r/j")}}
	tr, _ := overBase(t, Options{}, s.base)
	_, _, err := send(t, tr, request(t, http.MethodPost, aqlURL, "items.find()"))
	var redirect *RedirectError
	require.ErrorAs(t, err, &redirect)
	assert.Len(t, s.seen, 1)
}

func TestRedirectsEnd(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	tr, _ := overBase(t, Options{}, func(r *http.Request) (*http.Response, error) {
		n.Add(1)
		return to(302, "/artifactory/again")(r)
	})
	_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
	var redirect *RedirectError
	require.ErrorAs(t, err, &redirect)
	assert.Equal(t, int64(maxRedirects+1), n.Load())
}

func TestTheClientFollowsNothingByItself(t *testing.T) {
	t.Parallel()
	tr, _ := overBase(t, Options{}, nil)
	err := tr.Client().CheckRedirect(request(t, http.MethodGet, "https://x.example.com/?sig=abc", ""),
		[]*http.Request{request(t, http.MethodGet, item, "")})
	var redirect *RedirectError
	require.ErrorAs(t, err, &redirect)
	assert.NotContains(t, err.Error(), "abc")
}

// A server that puts the credentials into the address of another host is not obeyed.
func TestARedirectThatRepeatsTheCredentialsIsRefused(t *testing.T) {
	t.Parallel()
	for _, location := range []string{
		"https://elsewhere.example.com/?token=t0ken%2Fof%2Fu",
		"https://t0ken%2Fof%2Fu@elsewhere.example.com/", "https://elsewhere.example.com/t0ken/of/u",
	} {
		tr, _ := overBase(t, Options{Auth: basic{"u", "t0ken/of/u"}}, answer(http.StatusFound, "", "Location", location))
		_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
		var refused *RedirectError
		require.ErrorAs(t, err, &refused, location)
		assert.NotContains(t, err.Error(), "t0ken")
	}
}
