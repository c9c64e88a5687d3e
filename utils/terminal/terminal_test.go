package terminal_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/terminal"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := terminal.NewProgressAt(&b, 0, func() time.Time { return clock })
	p.Begin("reading prod", 100)
	for range 100 {
		clock = clock.Add(time.Second)
		p.Done(1)
	}
	p.End()
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	assert.Len(t, lines, 20, "one every five seconds")
	assert.Equal(t, "reading prod: 5 of 100, 1/s", lines[0])

	b.Reset()
	p = terminal.NewProgressAt(&b, 80, func() time.Time { return clock })
	p.Begin("searching prod", 0)
	p.Done(1)
	assert.Empty(t, b.String(), "nothing for what is done at once")
	clock = clock.Add(time.Second)
	p.Done(3)
	assert.Equal(t, "\rsearching prod 4  4/s\x1b[K", b.String())
	p.Begin("reading prod", 8)
	clock = clock.Add(time.Second)
	p.Done(2)
	assert.Contains(t, b.String(), "[======                  ] 2 of 8  2/s")
	p.Failed(1)
	clock = clock.Add(time.Second)
	p.Done(2)
	assert.Contains(t, b.String(), "4 of 8, 1 failed  2/s")
	p.End()
	assert.True(t, strings.HasSuffix(b.String(), "\r\x1b[K"), "the line is taken away")

	b.Reset()
	p = terminal.NewProgressAt(&b, 20, func() time.Time { return clock })
	p.Begin("reading a\x1b[2Jrepository", 8)
	clock = clock.Add(time.Second)
	p.Done(1)
	assert.Equal(t, "\rreading a?[2Jreposi\x1b[K", b.String(), "it stays on its line, and no name moves the cursor")
}

// Messages of the log leave room for its time and level, and keep digests and indents.
func TestMessages(t *testing.T) {
	t.Parallel()
	d := "sha256:" + strings.Repeat("4355a46b", 8)
	message := "the target holds " + d + " and that is not what was looked at a moment ago by this run.\n  Run it again."
	assert.Equal(t, message, terminal.Screen{}.Message(message))
	assert.Equal(t, "the target holds\n  "+d+"\n  and that is not what was looked at a moment ago by this run.\n  Run it again.", terminal.Screen{Width: 92}.Message(message))
	assert.Equal(t, "the target holds sha256:4355a46b4355… and that is not what\n  was looked at a moment ago by this run.\n  Run it again.", terminal.Screen{Width: 80}.Message(message))
}
