package artifactory_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

func TestLimitAtOneTime(t *testing.T) {
	t.Parallel()
	const takes = 3
	s := start(t)
	s.SetLimit(artifactory.Limit{InFlight: takes, RetryAfter: 2 * time.Second})
	inside, gate := make(chan struct{}, takes), make(chan struct{})
	s.AddFault(artifactory.Fault{Match: artifactory.Match{Count: takes}, Before: func() {
		inside <- struct{}{}
		<-gate
	}})
	c := admin(t, s)
	var group sync.WaitGroup
	for range takes {
		group.Go(func() {
			r, err := c.try("PUT", "dev/a", "x")
			assert.NoError(t, err)
			assert.Equal(t, 201, r.status)
		})
	}
	for range takes {
		<-inside
	}
	refused := c.do("PUT", "dev/b", "x")
	assert.Equal(t, 429, refused.status)
	assert.Equal(t, "2", refused.header.Get("Retry-After"))
	close(gate)
	group.Wait()
	require.Equal(t, 201, c.do("PUT", "dev/a", "x").status, "it takes the next one at once")
	stats := s.Stats()
	assert.Equal(t, []int{5, 1, 4}, []int{stats.Requests, stats.Limited, stats.InFlight})
	assert.NotContains(t, s.Snapshot(), "dev/b")
}
