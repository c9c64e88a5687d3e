package promotion

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// What has nothing in common goes on at the same time; the rest waits, and so does who has to be alone, and everybody
// for that one.
func TestTurns(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first, second []string
		waits         bool
	}{
		"nothing in common": {[]string{"1", "a"}, []string{"2", "b"}, false},
		"one thing":         {[]string{"1", "a"}, []string{"2", "a"}, true},
		"one is alone":      {nil, []string{"2"}, true},
		"one wants to be":   {[]string{"1"}, nil, true},
		"both are alone":    {nil, nil, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			turns := newTurns()
			turns.enter(tt.first)
			entered := false
			go func() {
				turns.enter(tt.second)
				entered = true
				turns.leave(tt.second, false)
			}()
			synctest.Wait()
			assert.Equal(t, !tt.waits, entered, name)
			turns.leave(tt.first, false)
			synctest.Wait()
			assert.True(t, entered, name)
			assert.Empty(t, turns.claimed)
			assert.Zero(t, turns.inside)
		})
	}
}

// The listings are no longer up to date for those whose folders may have been written since.
func TestWhatIsStale(t *testing.T) {
	t.Parallel()
	turns := newTurns()
	stale := func(claims ...string) bool {
		stale, _ := turns.enter(claims)
		turns.leave(claims, false)
		return stale
	}
	write := func(claims ...string) {
		turns.enter(claims)
		turns.leave(claims, true)
	}
	assert.False(t, stale("1"))
	assert.False(t, stale())
	write("1", "a")
	assert.True(t, stale("2", "a"))
	assert.False(t, stale("2", "b"))
	assert.True(t, stale(), "who is alone remote.Looks at all of them")
	_, grown := turns.enter([]string{"3"})
	assert.Equal(t, 2, grown)
	turns.leave([]string{"3"}, false)

	turns.enter(nil)
	turns.listed()
	turns.leave(nil, false)
	assert.False(t, stale("2", "a"))
	write()
	assert.True(t, stale("2", "b"), "who was alone may have written anything")
}

func TestManyTurns(t *testing.T) {
	t.Parallel()
	turns := newTurns()
	var group sync.WaitGroup
	at := make([]int, 5)
	for n := range 200 {
		group.Go(func() {
			claims := []string{string(rune('a' + n%5))}
			if n%20 == 0 {
				claims = nil
			}
			turns.enter(claims)
			at[n%5]++
			turns.leave(claims, true)
		})
	}
	group.Wait()
	assert.Equal(t, []int{40, 40, 40, 40, 40}, at)
}
