package traffic

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// admitted reports which of the requests that begin at these milliseconds are admitted.
func admitted(l Limit, milliseconds ...int) []bool {
	g := gauge{Limit: l}
	var all []bool
	for _, at := range milliseconds {
		_, ok := g.admit(time.Unix(0, 0).Add(time.Duration(at) * time.Millisecond))
		all = append(all, ok)
	}
	return all
}

func TestLimitInASecond(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []bool{true, true, true}, admitted(Limit{}, 0, 0, 0))
	assert.Equal(t, []bool{true, true, false, false, true}, admitted(Limit{PerSecond: 2}, 0, 500, 600, 999, 1000))
	assert.Equal(t, []bool{true, true, false}, admitted(Limit{InFlight: 2}, 0, 500, 5000))
}

// Closed, nothing is admitted until the time is over that was asked for; to come early does not make it longer.
func TestLimitThatCloses(t *testing.T) {
	t.Parallel()
	l := Limit{PerSecond: 1, RetryAfter: 2 * time.Second}
	assert.Equal(t, []bool{true, false, true}, admitted(l, 0, 500, 1500))
	l.Closed = true
	assert.Equal(t, []bool{true, false, false, false, true}, admitted(l, 0, 500, 1500, 2499, 2500))
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	g := gauge{Limit: Limit{PerSecond: 1, RetryAfter: 3 * time.Second, Status: 503}}
	assert.Equal(t, []any{503, "3"}, []any{g.refusal().Status, g.refusal().Header.Get("Retry-After")})
	g.Limit = Limit{InFlight: 1}
	assert.Equal(t, []any{429, ""}, []any{g.refusal().Status, g.refusal().Header.Get("Retry-After")})
}
