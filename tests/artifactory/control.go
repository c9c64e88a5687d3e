package artifactory

import (
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// AddRepository adds a repository, or changes the configuration of the one with that key. A remote
// repository gets a cache with the key <key>-cache, which fixtures fill.
func (s *Server) AddRepository(r Repository) {
	s.fixture(func(t *storage.Tree) error {
		s.site.AddRepository(t, r)
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
