package jfrog

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	clientutils "github.com/jfrog/jfrog-client-go/utils"
	"github.com/jfrog/jfrog-client-go/utils/log"
	"github.com/stretchr/testify/assert"
)

func TestRedactingLog(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	inner := log.NewLogger(log.VERBOSE, &said)
	d := NewRedactingLog(inner)
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
	err := &redactedError{err: cause, secrets: []string{"t0ken"}}
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
		log.SetLogger(NewRedactingLog(log.NewLogger(level, &said)))
		write := DebugLog()
		if assert.Equal(t, shown, write != nil) && shown {
			hide("t0ken")
			write("GET t0ken")
			assert.Contains(t, said.String(), "GET …")
		}
	}
}

// JFrog's client writes of every call what our own transport writes already, and warns of what is no error to us.
//
// Not parallel: client-go keeps one logger for all.
func TestLinesOfTheClientAreVerbose(t *testing.T) {
	before := log.GetLogger()
	defer log.SetLogger(before)
	for level, shown := range map[log.LevelType]bool{
		log.ERROR: false, log.INFO: false, log.DEBUG: false,
		log.VERBOSE: true,
	} {
		var said bytes.Buffer
		log.SetLogger(NewRedactingLog(log.NewLogger(level, &said)))
		hide("t0ken")
		_ = (&clientutils.RetryExecutor{ErrorMessage: "cannot reach t0ken", ExecutionHandler: func() (bool, error) {
			return true, errors.New("no")
		}}).Execute()
		assert.Equal(t, shown, said.Len() > 0, "level %d: %s", level, said.String())
		assert.NotContains(t, said.String(), "t0ken")
		said.Reset()
		log.Error("our own line")
		assert.Contains(t, said.String(), "our own line")
	}
}

// JFrog's logger has state of its own that it does not guard: make race notices.
//
// Not parallel: that state is one for all loggers.
func TestManyMayWriteAtOnce(t *testing.T) {
	var said bytes.Buffer
	d := NewRedactingLog(log.NewLogger(log.VERBOSE, &said))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { d.Info("a line") })
	}
	all.Wait()
	assert.Equal(t, 8, bytes.Count(said.Bytes(), []byte("a line")))
}
