package transport

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const aqlURL = "https://art.example.com/artifactory/api/search/aql"

func TestReadOnlyLetsReadsPass(t *testing.T) {
	t.Parallel()
	tests := []struct{ method, address string }{
		{http.MethodGet, item},
		{http.MethodHead, item},
		{"", item},
		{http.MethodPost, aqlURL},
	}
	for _, tt := range tests {
		s := &script{steps: []baseFunc{answer(200, "")}}
		tr, _ := overBase(t, Options{ReadOnly: true}, s.base)
		_, _, err := send(t, tr, request(t, tt.method, tt.address, ""))
		require.NoError(t, err, "%s %s", tt.method, tt.address)
		assert.Len(t, s.seen, 1)
	}
}

func TestReadOnlyRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	base := "https://art.example.com/artifactory"
	tests := []struct{ name, method, address string }{
		{"put", http.MethodPut, base + "/r/i"},
		{"patch", http.MethodPatch, base + "/api/metadata/r/i"},
		{"delete", http.MethodDelete, base + "/r/i"},
		{"options", http.MethodOptions, base + "/r/i"},
		{"made-up method", "MOVE", base + "/r/i"},
		{"lower case", "get", base + "/r/i"},
		{"copy that calls itself dry", http.MethodPost, base + "/api/copy/r/i?to=/r/j&dry=1"},
		{"promote", http.MethodPost, base + "/api/docker/r/v2/promote"},
		{"upload", http.MethodPost, base + "/api/docker/r/v2/i/blobs/uploads/"},
		{"put to the search", http.MethodPut, base + "/api/search/aql"},
		{"copy of a path that looks like the search", http.MethodPost, base + "/api/copy/r/api/search/aql?to=/r/j"},
		{"the same without target", http.MethodPost, base + "/api/copy/r/api/search/aql"},
		{"search with a query", http.MethodPost, base + "/api/search/aql?_method=DELETE"},
		{"escaped search", http.MethodPost, base + "/api%2Fsearch%2Faql"},
		{"search with dots", http.MethodPost, base + "/api/copy/../search/aql"},
		{"search behind a slash", http.MethodPost, base + "/api/search/aql/"},
		{"search with matrix parameter", http.MethodPost, base + "/api/search/aql;a=b"},
		{"search at the root", http.MethodPost, "https://art.example.com/api/search/aql"},
		{"search at another host", http.MethodPost, "https://evil.example.com/artifactory/api/search/aql"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &script{}
			tr, _ := overBase(t, Options{ReadOnly: true, Auth: basic{"u", "p"}}, s.base)
			_, _, err := send(t, tr, request(t, tt.method, tt.address, "x"))
			var refused *ReadOnlyError
			require.ErrorAs(t, err, &refused)
			assert.Empty(t, s.seen)
			assert.Zero(t, tr.Counters())
		})
	}
}

func TestReadOnlyRefusesAnOpaqueSearch(t *testing.T) {
	t.Parallel()
	s := &script{}
	tr, _ := overBase(t, Options{ReadOnly: true}, s.base)
	req := request(t, http.MethodPost, aqlURL, "x")
	req.URL.Opaque = "//art.example.com/artifactory/api/copy/r/i"
	_, _, err := send(t, tr, req)
	var refused *ReadOnlyError
	require.ErrorAs(t, err, &refused)
}

func TestMethodOverridesNeverLeave(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
		"x-http-method-override",
	} {
		for _, readOnly := range []bool{true, false} {
			s := &script{steps: []baseFunc{answer(200, "")}}
			tr, _ := overBase(t, Options{ReadOnly: readOnly}, s.base)
			req := request(t, http.MethodPost, aqlURL, "x")
			req.Header = http.Header{name: {"DELETE"}}
			_, _, err := send(t, tr, req)
			var refused *ReadOnlyError
			require.Equal(t, readOnly, assertAs(err, &refused), name)
			for _, r := range s.seen {
				assert.NotContains(t, r.Header, name)
			}
			assert.Equal(t, readOnly, len(s.seen) == 0)
		}
	}
}

func TestReadOnlyHoldsThroughRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := &script{steps: []baseFunc{to(status, "/artifactory/api/copy/r/i?to=/r/j")}}
		tr, _ := overBase(t, Options{ReadOnly: true}, s.base)
		_, _, err := send(t, tr, request(t, http.MethodPost, aqlURL, "items.find()"))
		var refused *ReadOnlyError
		require.ErrorAs(t, err, &refused)
		assert.Len(t, s.seen, 1)
	}
}

func TestSearchAtAServerWithoutPath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		server, path string
		read         bool
	}{
		{"http://h:8081", "/api/search/aql", true},
		{"http://h:8081/", "/artifactory/api/search/aql", true},
		{"http://h:8081/", "/repo/api/search/aql", false},
		{"http://h:8081/art", "/art/api/search/aql", true},
		{"http://h:8081/art", "/artifactory/api/search/aql", false},
		{"http://h:8081/art", "/art/artifactory/api/search/aql", false},
	}
	for _, tt := range tests {
		tr := New(Options{Server: mustURL(t, tt.server)})
		assert.Equal(t, tt.read, tr.isRead(http.MethodPost, mustURL(t, "http://h:8081"+tt.path)), "%+v", tt)
	}
}

// Whatever is asked for, and whatever the server answers: in read-only mode it sees reads alone.
func TestReadOnlyServerSeesReadsAlone(t *testing.T) {
	t.Parallel()
	var location atomic.Value
	var status, writes atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		search := r.Method == http.MethodPost && r.RequestURI == "/artifactory/api/search/aql"
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !search || r.Header.Get("X-HTTP-Method-Override") != "" {
			writes.Add(1)
		}
		w.Header().Set("Location", location.Load().(string))
		w.WriteHeader(int(status.Load()))
	}))
	t.Cleanup(server.Close)
	tr := over(t, server.URL+"/artifactory/", Options{ReadOnly: true, Retry: Retries(1, 0)})
	client := tr.Client()
	paths := rapid.SampledFrom([]string{
		"/artifactory/api/search/aql", "/artifactory/api/copy/r/i?to=/a", "/artifactory/r/i", "//artifactory/api/search/aql",
		"/artifactory/api/search/../copy/aql", "/artifactory/api/search/aql?x", "/artifactory/api/search/aql#f", "/artifactory/api%2fsearch/aql",
	})
	rapid.Check(t, func(t *rapid.T) {
		location.Store(paths.Draw(t, "location"))
		status.Store(rapid.SampledFrom([]int64{200, 301, 302, 303, 307, 308, 404, 503}).Draw(t, "status"))
		method := rapid.SampledFrom([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "post", "COPY"}).Draw(t,
			"method")
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+paths.Draw(t, "path"), http.NoBody)
		require.NoError(t, err)
		if rapid.Bool().Draw(t, "override") {
			req.Header.Set("X-HTTP-Method-Override", "DELETE")
		}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
		}
		require.Zero(t, writes.Load())
	})
}
