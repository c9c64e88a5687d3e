package layouts

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// elsewhere is a host that nobody has configured.
const elsewhere = "storage.elsewhere.test"

// fault makes something go wrong with one request, which it may carry out.
type fault struct {
	name   string
	strike func(s *stage, r *http.Request, body []byte) *reply
}

func faults() []fault {
	all := []fault{
		{"cut before", func(*stage, *http.Request, []byte) *reply { return &reply{err: io.ErrUnexpectedEOF} }},
		{"cut after", func(s *stage, r *http.Request, body []byte) *reply {
			serve(s.server, r, body)
			return &reply{err: io.ErrUnexpectedEOF}
		}},
		{"truncated", func(s *stage, r *http.Request, body []byte) *reply {
			answer := serve(s.server, r, body)
			answer.cut = true
			return &answer
		}},
		{"wrong digest", falsified},
		{"silence", func(s *stage, r *http.Request, body []byte) *reply {
			// The server acts, but its answer never comes.
			serve(s.server, r, body)
			<-r.Context().Done()
			return &reply{err: r.Context().Err()}
		}},
		{"redirect", func(_ *stage, r *http.Request, _ []byte) *reply {
			to := "http://" + elsewhere + r.URL.RequestURI()
			return &reply{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {to}}}
		}},
		{"429 with Retry-After", answers(http.StatusTooManyRequests, http.Header{"Retry-After": {"7200"}})},
	}
	all = append(all, fault{"404 for what is there", denied}, fault{"404 for a folder that is there", hiddenFolder})
	for _, status := range []int{429, 500, 502, 503} {
		all = append(all, fault{fmt.Sprint(status), answers(status, http.Header{})})
	}
	return append(all, strange404s()...)
}

// strange404s are the 404 of somebody who stands before the server and knows nothing of what exists.
func strange404s() []fault {
	known := artifactory.Strange404s()
	all := make([]fault, 0, len(known))
	for _, kind := range slices.Sorted(maps.Keys(known)) {
		f := known[kind]
		all = append(all, fault{"404 " + kind, func(*stage, *http.Request, []byte) *reply {
			return &reply{status: f.Status, header: f.Header.Clone(), body: []byte(f.Body)}
		}})
	}
	return all
}

func answers(status int, header http.Header) func(*stage, *http.Request, []byte) *reply {
	return func(*stage, *http.Request, []byte) *reply {
		return &reply{status: status, header: header, body: []byte(`{"errors":[{"status":500,"code":"UNKNOWN","message":"out of order"}]}`)}
	}
}

// falsified changes what the server sends: one more blank, and another digest in the header.
func falsified(s *stage, r *http.Request, body []byte) *reply {
	answer := serve(s.server, r, body)
	wrong := strings.Repeat("0", 64)
	if answer.header.Get("Docker-Content-Digest") != "" {
		answer.header.Set("Docker-Content-Digest", "sha256:"+wrong)
	}
	if len(answer.body) > 0 {
		answer.body = append(bytes.Clone(answer.body), ' ')
		answer.header.Set("Content-Length", fmt.Sprint(len(answer.body)))
	}
	return &answer
}

// hit lets a fault strike the kth request, once. Another host answers everything with "not there", and must not see
// credentials.
func (s *stage) hit(k int, f fault, struck *bool) {
	seen := 0
	s.wire.answer = func(r *http.Request, body []byte) *reply {
		if r.URL.Host == elsewhere {
			assert.Empty(s.t, r.Header.Get("Authorization"), "credentials went to another host")
			return &reply{status: http.StatusNotFound, header: http.Header{}}
		}
		seen++
		if seen != k {
			return nil
		}
		*struck = true
		return f.strike(s, r, body)
	}
}

// TestFaultMatrix lets each kind of fault strike each request of each promotion, once. The promotion succeeds and ends
// where an undisturbed one does, or it fails with the cause and everything is safe, and then the same command succeeds.
// No folder is copied into itself, and no wait is longer than a minute, whatever the server asks for. `make faults`
// tries every request and prints how many there were.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	var points, failures atomic.Int64
	t.Cleanup(func() {
		t.Logf("fault matrix: %d faults in %d kinds of promotion; %d ended the run and were mended by the next",
			points.Load(), len(undertakings()), failures.Load())
	})
	for i, u := range undertakings() {
		if !*all && i%(2*coarse(2)) != 0 {
			continue
		}
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			end, requests := u.undisturbed(t)
			for n, f := range faults() {
				for k := 1 + (first(i)+n*7)%stride(131); k <= requests; k += stride(131) {
					points.Add(1)
					if u.faulted(t, k, f, end) {
						failures.Add(1)
					}
				}
			}
		})
	}
}

// faulted runs one promotion in which a fault strikes, and tells whether it failed.
func (u undertaking) faulted(t *testing.T, k int, f fault, end endState) (failed bool) {
	t.Helper()
	s := newPatientStage(t, u.mode)
	story := u.start(s)
	struck := false
	s.hit(k, f, &struck)
	result := s.promoteAnyhow(u)
	at := fmt.Sprintf("%s, %s at request %d", u.name, f.name, k)
	if !struck {
		// Requests that run side by side differ in number from run to run.
		return false
	}
	if result.Err == nil {
		assert.Empty(t, end.differs(s.end()), at)
	}
	story.safe()
	assert.Zero(t, story.early.Load(), "an unsigned moment: %s", at)
	assert.Less(t, s.longest.Load(), int64(2*time.Minute), "a wait: %s", at)
	s.wire.reset()
	require.NoError(t, s.promote(u.request).Err, at)
	require.Empty(t, end.differs(s.end()), at)
	return result.Err != nil
}

// halves are ways in which every second answer is false: of all requests, from the first or from the second on, or of
// each request, so that what is asked again is answered.
func halves() map[string]func() func(r *http.Request) bool {
	all := func(from int) func() func(*http.Request) bool {
		return func() func(*http.Request) bool {
			seen := from
			return func(*http.Request) bool { seen++; return seen%2 == 0 }
		}
	}
	return map[string]func() func(r *http.Request) bool{
		"from the first": all(1), "from the second": all(0),
		"of each request": func() func(*http.Request) bool {
			seen := map[string]int{}
			return func(r *http.Request) bool { seen[r.Method+r.URL.Path]++; return seen[r.Method+r.URL.Path]%2 == 1 }
		},
	}
}

// TestHalfTheAnswersAreStrange is a cluster of which one node is not up: every second answer is a 404 of its router's.
// The promotion ends as it does otherwise, or fails safely, and is completed when all nodes are up.
func TestHalfTheAnswersAreStrange(t *testing.T) {
	t.Parallel()
	var runs, failures atomic.Int64
	t.Cleanup(func() {
		t.Logf("every second answer a strange 404: %d promotions; %d ended and were completed by the next", runs.Load(),
			failures.Load())
	})
	for i, u := range undertakings() {
		if !*all && i%coarse(2) != 0 {
			continue
		}
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			end, _ := u.undisturbed(t)
			for n, f := range strange404s() {
				for k, name := range slices.Sorted(maps.Keys(halves())) {
					if !*all && (i/2+n+k)%4 != 0 {
						continue
					}
					runs.Add(1)
					if u.halved(t, f, name, end) {
						failures.Add(1)
					}
				}
			}
		})
	}
}

// halved runs one promotion in which a fault strikes every second request, and tells whether it failed.
func (u undertaking) halved(t *testing.T, f fault, half string, end endState) (failed bool) {
	t.Helper()
	s := newPatientStage(t, u.mode)
	story := u.start(s)
	strikes := halves()[half]()
	s.wire.answer = func(r *http.Request, body []byte) *reply {
		if strikes(r) {
			return f.strike(s, r, body)
		}
		return nil
	}
	result := s.promoteAnyhow(u)
	at := fmt.Sprintf("%s, every second answer %s, %s", u.name, f.name, half)
	if result.Err == nil {
		assert.Empty(t, end.differs(s.end()), at)
	}
	story.safe()
	assert.Zero(t, story.early.Load(), "an unsigned moment: %s", at)
	s.wire.reset()
	require.NoError(t, s.promote(u.request).Err, at)
	require.Empty(t, end.differs(s.end()), at)
	return result.Err != nil
}
