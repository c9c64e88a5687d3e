package transport

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
}

func TestEveryRequestHasItsLine(t *testing.T) {
	t.Parallel()
	var log lines
	s := &script{}
	tr, clock := overBase(t, Options{Log: log.add, Auth: basic{"user", "secret"}, Retry: Retries(2, time.Second)}, s.base)
	late := func(step baseFunc) baseFunc {
		return func(r *http.Request) (*http.Response, error) {
			clock.mu.Lock()
			clock.now = clock.now.Add(12 * time.Millisecond)
			clock.mu.Unlock()
			return step(r)
		}
	}
	s.steps = []baseFunc{
		late(answer(503, "no")),
		late(fails(errors.New("cut \x1b[2J at http://u:p@proxy"))),
		late(to(302, "https://s3.example.com/b?X-Amz-Signature=secret")),
		late(answer(200, strings.Repeat("x", 1234))),
	}
	_, _, err := send(t, tr, request(t, http.MethodGet,
		"https://u:secret@art.example.com/artifactory/r/i?password=secret&to=x", ""))
	require.NoError(t, err)
	const address = "GET https://art.example.com/artifactory/r/i?password=…&to=x → "
	assert.Equal(t, []string{
		address + "503, 2 B, 12 ms",
		address + "cut [2J at http://proxy, 12 ms (attempt 2)",
		address + "302, 0 B, 12 ms (attempt 3)",
		"GET https://s3.example.com/b?X-Amz-Signature=… → 200, 1.2 kB, 12 ms (attempt 3)",
	}, log.all)
	assert.NotContains(t, strings.Join(log.all, ""), "secret")
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{-1: "streamed", 0: "0 B", 999: "999 B", 1234: "1.2 kB", 8_400_000: "8.4 MB"} {
		assert.Equal(t, want, size(n))
	}
}

func TestAStreamIsLoggedAsSuch(t *testing.T) {
	t.Parallel()
	var log lines
	tr, _ := overBase(t, Options{Log: log.add}, answer(200, strings.Repeat("x", maxBuffered+1)))
	_, _, err := send(t, tr, request(t, http.MethodGet, item, ""))
	require.NoError(t, err)
	require.Len(t, log.all, 1)
	assert.Contains(t, log.all[0], "→ 200, streamed, ")
}
