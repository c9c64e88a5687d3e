package artifactory_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

func TestLog(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := admin(t, s)
	c.do("PUT", "dev/a%3Ab", "hello")
	c.do("GET", "dev/a%3Ab", "")
	c.do("DELETE", "dev/none", "")
	as(t, s, "", "").do("POST", "api/search/aql?query=x", "")
	log := s.Log()
	require.Len(t, log, 4)
	put, get, remove, query := log[0], log[1], log[2], log[3]
	assert.Equal(t, "/artifactory/dev/a%3Ab", put.Path)
	assert.Equal(t, []any{"PUT", 201, true, true, int64(5), "admin", true},
		[]any{put.Method, put.Status, put.Write, put.Changed, put.SentBytes, put.User, put.AuthHeaderPresent})
	assert.Equal(t, []any{200, false, false, int64(5)}, []any{get.Status, get.Write, get.Changed, get.ReceivedBytes})
	assert.Equal(t, []any{404, true, false}, []any{remove.Status, remove.Write, remove.Changed})
	assert.Equal(t, []any{401, false, "query=x", false}, []any{
		query.Status, query.Write, query.Query,
		query.AuthHeaderPresent,
	})
	assert.Equal(t, s.Host(), put.Host)
	assert.False(t, put.End.After(get.Start))
	stats := s.Stats()
	assert.Equal(t, []int{4, 2, 1, 4}, []int{stats.Requests, stats.Writes, stats.Changes, stats.Depth})
	s.ResetLog()
	assert.Zero(t, s.Stats())
}

func TestDepthAndLatency(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.SetLatency(100 * time.Millisecond)
	c := admin(t, s)
	// None of those that are sent together is answered before all have begun, however busy the machine is.
	parallel := func(n int) {
		var begun, wg sync.WaitGroup
		begun.Add(n)
		s.ClearFaults()
		s.AddFault(artifactory.Fault{Before: func() { begun.Done(); begun.Wait() }})
		for range n {
			wg.Go(func() { _, _ = c.try("GET", "api/system/ping", "") })
		}
		wg.Wait()
	}
	begin := time.Now()
	parallel(4)
	parallel(3)
	assert.GreaterOrEqual(t, time.Since(begin), 200*time.Millisecond)
	assert.Equal(t, 7, s.Stats().Requests)
	assert.Equal(t, 2, s.Stats().Depth)
}

// Only layers of images count as layer bytes, in both directions, also by plain paths.
func TestLayerBytes(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, layer := putImage(s, "dev", "app", "1", "0123456789")
	suffixTag := "sha256-" + hexOf(image) + ".sig"
	_, signature := putImage(s, "dev", "app", suffixTag, "a signature")
	c := admin(t, s)
	c.do("GET", api+"app/blobs/"+signature, "")
	assert.Zero(t, s.Stats().LayerBytesDown)
	c.do("GET", api+"app/blobs/"+layer, "")
	c.do("GET", "dev/app/1/sha256__"+hexOf(layer), "", "Range: bytes=0-3")
	c.do("HEAD", api+"app/blobs/"+layer, "")
	assert.Equal(t, int64(14), s.Stats().LayerBytesDown)
	c.do("PUT", "prod/copy", "0123456789")
	c.do("POST", api+"app/blobs/uploads/?digest="+layer, "0123456789")
	assert.Equal(t, int64(20), s.Stats().LayerBytesUp)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.PutFile("dev", "f", []byte("hello"), nil)
	c := admin(t, s)
	get := func() (reply, error) { return c.try("GET", "dev/f", "") }

	s.AddFault(artifactory.Fault{
		Match:  artifactory.Match{Method: "GET", Path: `/dev/f$`, Nth: 2, Count: 2},
		Status: 503, Body: "busy", Header: http.Header{"Retry-After": {"1"}},
	})
	var got []int
	for range 4 {
		r, err := get()
		require.NoError(t, err)
		got = append(got, r.status)
		if r.status == 503 {
			assert.Equal(t, "busy", r.body)
			assert.Equal(t, "1", r.header.Get("Retry-After"))
		}
	}
	assert.Equal(t, []int{200, 503, 503, 200}, got)
	assert.Equal(t, 200, c.do("HEAD", "dev/f", "").status)

	for name, f := range map[string]artifactory.Fault{
		"truncated": {Truncate: true}, "cut before": {CutBefore: true}, "cut after": {CutAfter: true},
	} {
		s.ClearFaults()
		s.AddFault(f)
		_, err := get()
		assert.Error(t, err, name)
	}
	s.ClearFaults()
	s.AddFault(artifactory.Fault{WrongDigest: true})
	r, err := get()
	require.NoError(t, err)
	assert.Equal(t, "hello ", r.body)
	assert.Equal(t, strings.Repeat("0", 64), r.header.Get("X-Checksum-Sha256"))
	assert.Panics(t, func() { s.AddFault(artifactory.Fault{Match: artifactory.Match{Path: "("}}) })
}

func TestFaultRedirect(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	s := start(t)
	s.AddFault(artifactory.Fault{Redirect: other.URL, Match: artifactory.Match{Count: 1}})
	r := admin(t, s).do("GET", "api/storage/dev?list", "")
	assert.Equal(t, 307, r.status)
	assert.Equal(t, other.URL+"/artifactory/api/storage/dev?list", r.header.Get("Location"))
	assert.Equal(t, 200, admin(t, s).do("GET", "api/system/ping", "").status)
}

// The client dies at its kth request: what it sent before is done, the kth is or is not, the rest is not.
func TestCrashAt(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]bool{"before the action": false, "after the action": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			c := admin(t, s)
			s.CrashAt(2, after)
			var failed []bool
			for _, f := range []string{"a", "b", "c"} {
				_, err := c.try("PUT", "dev/"+f, "x")
				failed = append(failed, err != nil)
			}
			assert.Equal(t, []bool{false, true, true}, failed)
			want := []string{"dev/a"}
			if after {
				want = append(want, "dev/b")
			}
			assert.ElementsMatch(t, want, keys(s.Snapshot()))
			assert.Equal(t, []int{201, 0, 0}, []int{s.Log()[0].Status, s.Log()[1].Status, s.Log()[2].Status})
			s.CrashAt(0, false)
			assert.Equal(t, 200, c.do("GET", "dev/a", "").status)
		})
	}
}

func keys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// OnChange sees each change, can read the server, and is not told of what changed nothing.
func TestOnChange(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := admin(t, s)
	var seen [][]string
	s.OnChange(func() {
		assert.Equal(t, 200, c.do("GET", "api/system/ping", "").status)
		seen = append(seen, keys(s.Snapshot()))
	})
	s.PutFile("dev", "fixture", []byte("x"), nil)
	c.do("PUT", "dev/a", "x")
	c.do("GET", "dev/a", "")
	c.do("DELETE", "dev/none", "")
	c.do("DELETE", "dev/a", "")
	assert.Equal(t, [][]string{{"dev/a", "dev/fixture"}, {"dev/fixture"}}, seen)
}
