package scenario

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A move out of an image with very many tags ends although somebody pushes there all the time, and reads what it knows
// no second time.
func TestMoveOutOfABusyImageEnds(t *testing.T) {
	t.Parallel()
	const tags, pause = 1500, 300 * time.Millisecond
	w := newWorld(t)
	root := w.dev.Single("moved", "v1")
	w.dev.Sign(root, "alice")
	for n := range tags {
		w.dev.Single(fmt.Sprintf("1.%d", n), fmt.Sprint("image ", n))
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-time.After(pause):
				w.dev.Single(fmt.Sprintf("pushed-%d", n), fmt.Sprint("pushed ", n))
			}
		}
	}()
	var o outcome
	w.byOthers(func() { o = w.promote(ref(app, "moved"), dev, prod) })
	close(done)
	<-ended
	o.ends(exitDone)
	assert.Equal(t, "promoted", o.image().Outcome)
	now := look(w.server)
	assert.NotContains(t, now[w.dev.String()], "moved")
	assert.Equal(t, root, now[w.prod.String()]["moved"])
	assert.Less(t, len(o.log), 2*tags, "what is known is read no second time")
}
