package promotion

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// What has nothing in common goes on at the same time; the rest waits, and so does who has to be exclusive, and
// everybody for that one.
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
			turns := newFolderLock()
			turns.lock(tt.first)
			entered := false
			go func() {
				turns.lock(tt.second)
				entered = true
				turns.unlock(tt.second, false)
			}()
			synctest.Wait()
			assert.Equal(t, !tt.waits, entered, name)
			turns.unlock(tt.first, false)
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
	turns := newFolderLock()
	stale := func(claims ...string) bool {
		stale, _ := turns.lock(claims)
		turns.unlock(claims, false)
		return stale
	}
	write := func(claims ...string) {
		turns.lock(claims)
		turns.unlock(claims, true)
	}
	assert.False(t, stale("1"))
	assert.False(t, stale())
	write("1", "a")
	assert.True(t, stale("2", "a"))
	assert.False(t, stale("2", "b"))
	assert.True(t, stale(), "who is alone remote.Looks at all of them")
	_, grown := turns.lock([]string{"3"})
	assert.Equal(t, 2, grown)
	turns.unlock([]string{"3"}, false)

	turns.lock(nil)
	turns.listed()
	turns.unlock(nil, false)
	assert.False(t, stale("2", "a"))
	write()
	assert.True(t, stale("2", "b"), "who was alone may have written anything")
}

func TestManyTurns(t *testing.T) {
	t.Parallel()
	turns := newFolderLock()
	var group sync.WaitGroup
	at := make([]int, 5)
	for n := range 200 {
		group.Go(func() {
			claims := []string{string(rune('a' + n%5))}
			if n%20 == 0 {
				claims = nil
			}
			turns.lock(claims)
			at[n%5]++
			turns.unlock(claims, true)
		})
	}
	group.Wait()
	assert.Equal(t, []int{40, 40, 40, 40, 40}, at)
}
