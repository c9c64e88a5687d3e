package transport

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSystemClock(t *testing.T) {
	t.Parallel()
	c := systemClock{}
	assert.WithinDuration(t, time.Now(), c.Now(), time.Minute)
	require.NoError(t, c.Sleep(t.Context(), 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Sleep(ctx, time.Hour), context.Canceled, "at once")
	fired := make(chan struct{})
	c.AfterFunc(0, func() { close(fired) })
	<-fired
	assert.True(t, c.AfterFunc(time.Hour, func() {}).Stop())
}
