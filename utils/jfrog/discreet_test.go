package jfrog

import (
	"bytes"
	"errors"
	"testing"

	"github.com/jfrog/jfrog-client-go/utils/log"
	"github.com/stretchr/testify/assert"
)

func TestDiscreetLog(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	inner := log.NewLogger(log.VERBOSE, &said)
	d := NewDiscreetLog(inner)
	d.secrets = []string{"t0ken/", ""}
	for _, say := range []func(...any){d.Verbose, d.Debug, d.Info, d.Warn, d.Error} {
		say("sent", "t0ken/", 1, "and t0ken%2F", "\x1b[2J\u009b\n")
	}
	assert.NotContains(t, said.String(), "t0ken")
	assert.NotContains(t, said.String(), "\x1b[2J")
	assert.NotContains(t, said.String(), "\u009b")
	assert.Equal(t, 5, bytes.Count(said.Bytes(), []byte("sent … 1 and …")))
	assert.Equal(t, log.VERBOSE, d.GetLogLevel())
}

func TestDiscreetError(t *testing.T) {
	t.Parallel()
	cause := errors.New("the server said\n{t0ken}")
	err := &discreetError{err: cause, secrets: []string{"t0ken"}}
	assert.EqualError(t, err, "the server said {…}")
	assert.ErrorIs(t, err, cause)
}

// Not parallel: client-go keeps one logger for all.
func TestNothingIsWrittenToALogThatDropsIt(t *testing.T) {
	before := log.GetLogger()
	defer log.SetLogger(before)
	var said bytes.Buffer
	for level, shown := range map[log.LevelType]bool{log.INFO: false, log.DEBUG: true, log.VERBOSE: true} {
		said.Reset()
		log.SetLogger(NewDiscreetLog(log.NewLogger(level, &said)))
		write := DebugLog()
		if assert.Equal(t, shown, write != nil) && shown {
			hide("t0ken")
			write("GET t0ken")
			assert.Contains(t, said.String(), "GET …")
		}
	}
}
