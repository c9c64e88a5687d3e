package artifactory

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/registry"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/rest"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// Server is one Artifactory. All methods may be called at any time, also while requests are running.
type Server struct {
	site     *site.Site
	monitor  traffic.Monitor
	rest     *rest.Handler
	registry *registry.Handler
	handler  http.Handler
	now      func() time.Time
	url      string

	changeMu sync.Mutex
	onChange []func()
}

// Option configures a new server.
type Option func(*Server)

// WithRepository adds a repository.
func WithRepository(r Repository) Option { return func(s *Server) { s.AddRepository(r) } }

// WithUser adds a user.
func WithUser(u User) Option { return func(s *Server) { s.AddUser(u) } }

// WithKnobs changes the knobs.
func WithKnobs(change func(*Knobs)) Option { return func(s *Server) { s.SetKnobs(change) } }

// Start runs a server on a free port of 127.0.0.1 until the test ends.
func Start(tb testing.TB, o ...Option) *Server {
	tb.Helper()
	s := NewServer(o...)
	h := httptest.NewServer(s)
	tb.Cleanup(h.Close)
	s.url = h.URL
	return s
}

// NewServer returns a server that listens nowhere yet: it is an http.Handler. URL and Host are empty until
// SetURL has told them.
func NewServer(o ...Option) *Server {
	s := &Server{now: time.Now}
	store := storage.New(func() time.Time { return s.now() }, s.changed)
	s.site = site.New(store)
	s.rest, s.registry = rest.New(s.site), registry.New(s.site)
	s.handler = s.monitor.Wrap(http.HandlerFunc(s.route), store.SetTick)
	for _, option := range o {
		option(s)
	}
	return s
}

// SetURL reports where the server listens, as http://host:port.
func (s *Server) SetURL(url string) { s.url = strings.TrimSuffix(url, "/") }

// URL is the base of the REST API, http://127.0.0.1:PORT/artifactory/.
func (s *Server) URL() string { return s.url + "/artifactory/" }

// Host is 127.0.0.1:PORT; registry clients reach images as HOST/<repository key>/<image>:<tag>.
func (s *Server) Host() string { return strings.TrimPrefix(s.url, "http://") }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// route divides the paths between the halves. Anything else is 404.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	p := r.URL.EscapedPath()
	if !strings.HasPrefix(p, web.StoragePath) && !s.site.Knobs().Unbranded {
		maps.Copy(w.Header(), web.Marks(s.site.Knobs().Version))
	}
	if rest, ok := strings.CutPrefix(p, "/artifactory/"); ok {
		s.routePlatform(w, r, rest)
		return
	}
	switch {
	case p == "/access/api/v1/tokens":
		s.rest.ServeTokens(w, r)
	case p == "/v2":
		s.registry.ServeRepoPath(w, r, "")
	case strings.HasPrefix(r.URL.Path, "/v2/"):
		s.registry.ServeRepoPath(w, r, strings.TrimPrefix(r.URL.Path, "/v2/"))
	case strings.HasPrefix(p, web.StoragePath):
		web.Storage(w, r, s.binary)
	default:
		web.Bare(w)
	}
}

// routePlatform handles what is below /artifactory/. Promotion has a path among those of the registry API.
func (s *Server) routePlatform(w http.ResponseWriter, r *http.Request, rest string) {
	below, ok := strings.CutPrefix(r.URL.Path, "/artifactory/api/docker/")
	repo, v2, _ := strings.Cut(below, "/")
	if !ok || v2 == "v2/promote" || v2 != "v2" && !strings.HasPrefix(v2, "v2/") {
		s.rest.Serve(w, r, rest)
		return
	}
	s.registry.ServeAPI(w, r, repo, strings.TrimPrefix(strings.TrimPrefix(v2, "v2"), "/"))
}

func (s *Server) binary(sha256 string) (b *storage.Binary) {
	s.site.Store.View(func(t *storage.Tree) { b = t.Binary(sha256) })
	return b
}

// changed is told by the store after each change that a request made.
func (s *Server) changed(ctx context.Context) {
	traffic.MarkChanged(ctx)
	s.changeMu.Lock()
	defer s.changeMu.Unlock()
	for _, f := range s.onChange {
		f()
	}
}
