package jfrog

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/sanitize"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// RedactingLog is a log without credentials, and without what could control a terminal. Our own transport takes them
// out of what servers repeat; but tokens are renewed by cli-core on a transport of its own, which logs error pages as
// they are, and its errors hold them, too. Lines of JFrog's client are VERBOSE: it says of each call what our own
// transport says already, and warns of what is no error to us.
type RedactingLog struct {
	log.Log
	mu      sync.Mutex
	secrets []string
}

// NewRedactingLog wraps a log. Servers that are resolved while it is client-go's logger make their credentials known to
// it.
func NewRedactingLog(inner log.Log) *RedactingLog { return &RedactingLog{Log: inner} }

// hide makes secrets known to the log, if it is a redacting one; they stay secret after they were renewed.
func hide(secrets ...string) {
	if d, ok := log.GetLogger().(*RedactingLog); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.secrets = append(d.secrets, secrets...)
	}
}

// clean is called with mu held.
func (d *RedactingLog) clean(a []any) string {
	text := fmt.Sprintln(a...)
	return sanitize.Lines(transport.Hide(text[:len(text)-1], d.secrets...))
}

// DebugLog returns what writes lines of debugging to client-go's logger, or nil while that drops them: then nobody
// needs to make any.
func DebugLog() func(line string) {
	logger := log.GetLogger()
	if logger.GetLogLevel() < log.DEBUG {
		return nil
	}
	return func(line string) { logger.Debug(line) }
}

// clientModule is where JFrog's client has its code, logPackage the part through which every line goes, whoever writes
// it.
const (
	clientModule = "github.com/jfrog/jfrog-client-go/"
	logPackage   = clientModule + "utils/log."
)

// write passes a line on. One that the inner log drops is not made clean first: JFrog's client makes several for each
// request.
func (d *RedactingLog) write(level log.LevelType, say func(...any), a []any) {
	inner := d.GetLogLevel()
	if inner < level {
		return
	}
	if fromClient() {
		if inner < log.VERBOSE {
			return
		}
		say = d.Log.Verbose
	}
	// JFrog's logger is not made for several goroutines.
	d.mu.Lock()
	defer d.mu.Unlock()
	say(d.clean(a))
}

// fromClient reports whether JFrog's client writes a line, by the function that called the log.
func fromClient() bool {
	// runtime.Callers, fromClient, write and the method of the level are no callers.
	var callers [8]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(4, callers[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, logPackage) {
			return strings.HasPrefix(frame.Function, clientModule)
		}
		if !more {
			return false
		}
	}
}

// Verbose logs without credentials, as the following do.
func (d *RedactingLog) Verbose(a ...any) { d.write(log.VERBOSE, d.Log.Verbose, a) }

// Debug logs without credentials.
func (d *RedactingLog) Debug(a ...any) { d.write(log.DEBUG, d.Log.Debug, a) }

// Info logs without credentials.
func (d *RedactingLog) Info(a ...any) { d.write(log.INFO, d.Log.Info, a) }

// Warn logs without credentials.
func (d *RedactingLog) Warn(a ...any) { d.write(log.WARN, d.Log.Warn, a) }

// Error logs without credentials.
func (d *RedactingLog) Error(a ...any) { d.write(log.ERROR, d.Log.Error, a) }

// redactedError is an error whose text has no credentials.
type redactedError struct {
	err     error
	secrets []string
}

// Error returns the text in one line: it may hold a whole page.
func (e *redactedError) Error() string {
	return sanitize.Message(transport.Hide(e.err.Error(), e.secrets...))
}

// Unwrap returns the error as it was.
func (e *redactedError) Unwrap() error { return e.err }
