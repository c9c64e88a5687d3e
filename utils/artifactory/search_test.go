package artifactory_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
)

func in(repo string) artifactory.Criterion {
	return artifactory.Where(artifactory.Repo, artifactory.Equal, repo)
}

// collect takes rows up to the end or an error.
func collect(rows iter.Seq2[artifactory.Item, error]) (items []artifactory.Item, err error) {
	for item, err := range rows {
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
	return items, nil
}

func locations(t *testing.T, rows iter.Seq2[artifactory.Item, error]) []string {
	t.Helper()
	items, err := collect(rows)
	require.NoError(t, err)
	found := []string{}
	for _, i := range items {
		found = append(found, i.Location())
	}
	return found
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s, admin := start(t, nil)
	s.PutFile(dev, "top", []byte("x"), nil)
	digest := s.PutFile(dev, "app/1.0/manifest.json", []byte("image"), map[string][]string{
		"team":  {"blue", "red"},
		"stage": {"test"},
	})
	s.PutFile(dev, "app/1.1/manifest.json", []byte("other"), nil)
	s.PutFile(prod, "app/1.0/manifest.json", []byte("image"), nil)
	c := as(t, s, "reader")

	items, err := collect(c.Search(t.Context(), artifactory.Query{
		Where: artifactory.All(in(dev), artifactory.Where(artifactory.Path, artifactory.Match, "app/1.0")),
		Fields: []artifactory.Field{
			artifactory.SHA256, artifactory.Size, artifactory.Type, artifactory.Created,
			artifactory.Modified, artifactory.Updated,
		},
	}))
	require.NoError(t, err)
	require.Len(t, items, 1)
	got := items[0]
	for _, date := range []time.Time{got.Created, got.Modified, got.Updated} {
		assert.WithinDuration(t, time.Now(), date, time.Minute)
	}
	got.Created, got.Modified, got.Updated = time.Time{}, time.Time{}, time.Time{}
	assert.Equal(t, artifactory.Item{
		Repo: dev, Path: "app/1.0", Name: "manifest.json", Type: "file", Size: 5,
		SHA256: digest,
	}, got)

	everywhere := artifactory.Query{Where: artifactory.Where(artifactory.SHA256, artifactory.Equal, digest)}
	assert.ElementsMatch(t, []string{dev + "/app/1.0/manifest.json", prod + "/app/1.0/manifest.json"},
		locations(t, admin.Search(t.Context(), everywhere)))

	items, err = collect(c.Search(t.Context(), artifactory.Query{
		Where:      artifactory.All(in(dev), artifactory.Where(artifactory.Property("team"), artifactory.Equal, "red")),
		Properties: []string{artifactory.AllProperties},
	}))
	require.NoError(t, err)
	require.Len(t, items, 1)
	assert.Equal(t, map[string][]string{"team": {"blue", "red"}, "stage": {"test"}}, items[0].Properties)

	page := artifactory.Query{
		Where: in(dev), Sort: []artifactory.Field{artifactory.Path, artifactory.Name},
		Descending: true, Offset: 1, Limit: 2,
	}
	assert.Equal(t, []string{dev + "/app/1.0/manifest.json", dev + "/top"}, locations(t, c.Search(t.Context(), page)),
		"the root has no path")
	assert.Empty(t, locations(t, c.Search(t.Context(), artifactory.Query{Where: in("nowhere")})),
		"no error (contract aql-unknown-repository)")
	assert.Empty(t, locations(t, as(t, s, "nobody").Search(t.Context(), artifactory.Query{Where: in(dev)})),
		"rows vanish, hence searches prove nothing")
	for _, r := range s.Log() {
		assert.False(t, r.Write)
	}
}

func TestSearchIsSentAsAQLDemands(t *testing.T) {
	t.Parallel()
	s, c := scripted(t, http.StatusOK, `{"results":[],"range":{"start_pos":0,"end_pos":0,"total":0}}`)
	assert.Empty(t, locations(t, c.Search(t.Context(), artifactory.Query{})))
	require.Len(t, s.requests(), 1)
	r := s.requests()[0]
	assert.Equal(t, "POST /artifactory/api/search/aql", r.method+" "+r.path)
	assert.Equal(t, "text/plain", r.header.Get("Content-Type"))
	assert.Equal(t, `items.find().include("repo","path","name")`, r.body)
	_, err := collect(c.Search(t.Context(), artifactory.Query{Limit: -1}))
	require.Error(t, err)
	assert.Len(t, s.requests(), 1, "what cannot be a query is not sent")
}

// Only an answer that came to its end is the answer; forms that documents show differently are read both ways.
func TestSearchAnswers(t *testing.T) {
	t.Parallel()
	row := `{"repo":"r","path":"a","name":"n","size":7}`
	end := `"range":{"start_pos":0,"end_pos":1,"total":1}`
	for name, tt := range map[string]struct {
		body string
		rows int
		fail string
	}{
		"whole":                 {`{"results":[` + row + `],` + end + `}`, 1, ""},
		"range first":           {`{` + end + `,"results":[` + row + `]}`, 1, ""},
		"something new":         {`{"hello":{"a":[1]},"results":[` + row + `],` + end + `,"more":1}`, 1, ""},
		"size and date as text": {`{"results":[{"size":"7","created":"2026-01-02T03:04:05.678+0200","modified":"2026-01-02T03:04:05Z"}],` + end + `}`, 1, ""},
		"cut within a row":      {`{"results":[` + row + `,{"repo":"r"`, 1, "ends before its end, after 1 rows"},
		"cut behind a row":      {`{"results":[` + row, 1, "ends before its end, after 1 rows"},
		"cut before the range":  {`{"results":[` + row + `]`, 1, "ends before its end"},
		"no range":              {`{"results":[` + row + `]}`, 1, "ends before its end"},
		"empty":                 {``, 0, "ends before its end"},
		"no JSON":               {`<html>`, 0, "cannot be read after 0 rows"},
		"no object":             {`[]`, 0, `"{" expected`},
		"results are no list":   {`{"results":{},` + end + `}`, 0, `"[" expected`},
		"null for all":          {`{"results":[{"size":null,"created":null,"modified":"","path":null},` + row + `],` + end + `}`, 2, ""},
		"bad size":              {`{"results":[{"size":"big"}],` + end + `}`, 0, "cannot be read"},
		"bad date":              {`{"results":[{"created":"yesterday"}],` + end + `}`, 0, "cannot be read"},
		"trimmed":               {`{"results":[` + row + `],"range":{"total":1,"notification":"trimmed\u001b[31m"}}`, 1, "trimmed the search after 1 rows: trimmed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := scripted(t, http.StatusOK, tt.body)
			items, err := collect(c.Search(t.Context(), artifactory.Query{}))
			assert.Len(t, items, tt.rows)
			if tt.fail == "" {
				require.NoError(t, err)
				assert.Equal(t, int64(7), items[len(items)-1].Size)
				return
			}
			var failed *artifactory.SearchError
			require.ErrorAs(t, err, &failed)
			assert.Contains(t, err.Error(), tt.fail)
			assert.NotContains(t, err.Error(), "\x1b")
		})
	}
}

func TestSearchErrors(t *testing.T) {
	t.Parallel()
	s, c := start(t, func(k *double.Knobs) { k.AQLHardLimit = 1 })
	s.PutFile(dev, "a", []byte("x"), nil)
	s.PutFile(dev, "b", []byte("x"), nil)
	items, err := collect(c.Search(t.Context(), artifactory.Query{Where: in(dev)}))
	var trimmed *artifactory.TrimmedError
	require.ErrorAs(t, err, &trimmed)
	assert.Equal(t, int64(1), trimmed.Rows)
	assert.Len(t, items, 1, "what came is good")

	for status, hint := range map[int]string{400: "", 403: "not as anonymous", 408: "too long", 429: "too many", 500: ""} {
		s.SetKnobs(func(k *double.Knobs) { k.AQLStatus = status })
		_, err = collect(c.Search(t.Context(), artifactory.Query{Where: in(dev)}))
		var failed *artifactory.SearchError
		require.ErrorAs(t, err, &failed)
		got, ok := failure.Status(err)
		assert.True(t, ok)
		assert.Equal(t, status, got)
		assert.Contains(t, failed.Hint, hint)
	}
}

func TestSearchesAreFewAtOneTime(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int64
	// The first waits for a second one, so that two are under way at one time on any machine.
	second := make(chan struct{})
	var together sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		now := running.Add(1)
		defer running.Add(-1)
		for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
			continue
		}
		if now == 2 {
			together.Do(func() { close(second) })
		}
		select {
		case <-second:
			time.Sleep(5 * time.Millisecond)
		case <-time.After(time.Minute):
		}
		_, _ = io.WriteString(w, `{"results":[],"range":{}}`)
	}))
	t.Cleanup(server.Close)
	c := connect(t, server.URL+"/artifactory/", nil)
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			_, err := collect(c.Search(t.Context(), artifactory.Query{}))
			assert.NoError(t, err)
		})
	}
	all.Wait()
	assert.LessOrEqual(t, most.Load(), int64(3))
	assert.GreaterOrEqual(t, most.Load(), int64(2), "but not one after another")
}

// A caller that has enough frees its place at once, as does one who gives up waiting.
func TestSearchEndsEarly(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	s.PutFile(dev, "a", []byte("x"), nil)
	s.PutFile(dev, "b", []byte("x"), nil)
	for range 10 {
		for item, err := range c.Search(t.Context(), artifactory.Query{Where: in(dev)}) {
			require.NoError(t, err)
			assert.NotEmpty(t, item.Name)
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := collect(c.Search(ctx, artifactory.Query{}))
	require.ErrorIs(t, err, context.Canceled)
}

// A moment is the same in every form.
func TestSearchReadsDates(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 1, 2, 1, 4, 5, 678e6, time.UTC)
	for _, text := range []string{
		"2026-01-02T03:04:05.678+0200", "2026-01-02T03:04:05.678+02:00",
		"2026-01-02T01:04:05.678Z", "2026-01-01T20:04:05.678-05:00",
	} {
		_, c := scripted(t, http.StatusOK, `{"results":[{"created":"`+text+`"}],"range":{"total":1}}`)
		items, err := collect(c.Search(t.Context(), artifactory.Query{}))
		require.NoError(t, err, text)
		assert.True(t, want.Equal(items[0].Created), "%s is %s", text, items[0].Created)
	}
}

// Rows pass through: a hundred thousand of them, 20 MB, leave memory as it was. Not parallel: the memory is that of the
// process.
func TestSearchKeepsNothing(t *testing.T) {
	const count = 100_000
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"results":[`)
		for i := range count {
			if i > 0 {
				_, _ = io.WriteString(w, ",")
			}
			_, _ = fmt.Fprintf(w, `{"repo":"r","path":"app/%d","name":"manifest.json","sha256":"%064d","created":"2026-01-02T03:04:05.678Z","size":%d}`, i, i, i)
		}
		_, _ = io.WriteString(w, `],"range":{"total":100000}}`)
	}))
	t.Cleanup(server.Close)
	c := connect(t, server.URL+"/artifactory/", nil)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	rows, peak := 0, uint64(0)
	for item, err := range c.Search(t.Context(), artifactory.Query{}) {
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(item.Path, "app/"))
		if rows++; rows%(count/5) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	assert.Equal(t, count, rows)
	assert.Less(t, int64(peak)-int64(before.HeapAlloc), int64(20<<20), "what the transport holds back, and little more")
}
