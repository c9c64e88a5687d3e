package artifactory

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// AddRepository adds a repository, or changes the configuration of the one with that key. A remote
// repository gets a cache with the key <key>-cache, which fixtures fill.
func (s *Server) AddRepository(r Repository) {
	s.fixture(func(t *storage.Tree) error {
		s.site.AddRepository(t, r)
		return nil
	})
}

// Age makes everything that is there older, so that nobody has to wait for time to pass.
func (s *Server) Age(by time.Duration) {
	s.fixture(func(t *storage.Tree) error {
		for _, key := range t.Repos() {
			for n := range t.Root(key).Walk() {
				n.Created, n.Modified, n.Updated = n.Created.Add(-by), n.Modified.Add(-by), n.Updated.Add(-by)
			}
		}
		return nil
	})
}

// AddUser adds a user, or replaces the one of that name.
func (s *Server) AddUser(u User) { s.site.Users.Add(u) }

// SetKnobs changes the knobs for the requests that begin from now on.
func (s *Server) SetKnobs(change func(*Knobs)) { s.site.SetKnobs(change) }

// AddFault lets requests fail. Of several faults for one request the one added first counts. It panics if
// the path of the match is no regular expression: that is a mistake of the test.
func (s *Server) AddFault(f Fault) {
	if err := s.monitor.AddFault(f); err != nil {
		panic(err)
	}
}

// Strange404s are the answers 404 of somebody else than Artifactory, by what they are: of its router, of a web server
// or of a proxy. They say nothing about what exists (contract marks-headers).
func Strange404s() map[string]Fault {
	page := http.Header{"Content-Type": {"text/html"}}
	return map[string]Fault{
		"plain": {
			Status: http.StatusNotFound, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}},
			Body: "404 page not found\n",
		},
		"html": {
			Status: http.StatusNotFound, Header: page,
			Body: "<html><head><title>404 Not Found</title></head><body>nginx</body></html>",
		},
		"empty": {Status: http.StatusNotFound},
	}
}

// Denied is the server's own 404, with all its marks, for one manifest of an image ("<repo>/<path>") that is there: the
// registry API denies what folder info shows, as a cache or a node that lags can.
func Denied(image, ref string) Fault {
	repo, path, _ := strings.Cut(image, "/")
	return Fault{
		Match: Match{Path: "/" + regexp.QuoteMeta(repo) + "/(v2/)?" + regexp.QuoteMeta(path) + "/manifests/" +
			regexp.QuoteMeta(ref) + "$"},
		Status: http.StatusNotFound, Header: Marks(),
		Body: `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"The named manifest is not known to the registry"}]}`,
	}
}

// Marks are the headers that every answer of Artifactory's own has. A test that answers in its place needs them.
func Marks() http.Header { return web.Marks("7.125.0") }

// ClearFaults ends all faults and CrashAt.
func (s *Server) ClearFaults() { s.monitor.ClearFaults() }

// SetLatency makes every request take at least d.
func (s *Server) SetLatency(d time.Duration) { s.monitor.SetLatency(d) }

// SetLimit bounds how many requests the server takes from now on; the others are refused.
func (s *Server) SetLimit(l Limit) { s.monitor.SetLimit(l) }

// CrashAt cuts the connection of the kth request from now, counted from 1: before it is carried out, or (after)
// once it was. All requests behind it are cut before, as if the client had been killed. 0 ends that.
func (s *Server) CrashAt(k int, after bool) { s.monitor.CrashAt(k, after) }

// OnChange adds a function that is called after every change that a request makes visible, outside all locks,
// so that a test can check what must hold at any moment. A promotion that becomes visible file by file calls it
// after each file. Calls do not overlap; requests that the function makes itself must not change anything.
func (s *Server) OnChange(f func()) {
	s.changeMu.Lock()
	defer s.changeMu.Unlock()
	s.onChange = append(s.onChange, f)
}
