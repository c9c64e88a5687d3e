package jfrog

import (
	"fmt"
	"sync"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/plain"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// DiscreetLog is a log without credentials, and without what could control a terminal. Our own transport takes them out of what servers repeat; but tokens are renewed by
// cli-core on a transport of its own, which logs error pages as they are, and its errors hold them, too.
type DiscreetLog struct {
	log.Log
	mu      sync.Mutex
	secrets []string
}

// NewDiscreetLog wraps a log. Servers that are resolved while it is client-go's logger make their credentials known to it.
func NewDiscreetLog(inner log.Log) *DiscreetLog { return &DiscreetLog{Log: inner} }

// hide makes secrets known to the log, if it is a discreet one; they stay secret after they were renewed.
func hide(secrets ...string) {
	if d, ok := log.GetLogger().(*DiscreetLog); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.secrets = append(d.secrets, secrets...)
	}
}

func (d *DiscreetLog) clean(a []any) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := fmt.Sprintln(a...)
	return plain.Lines(transport.Hide(text[:len(text)-1], d.secrets...))
}

// DebugLog gives what writes lines of debugging to client-go's logger, or nil while that drops them: then nobody needs to make any.
func DebugLog() func(line string) {
	logger := log.GetLogger()
	if logger.GetLogLevel() < log.DEBUG {
		return nil
	}
	return func(line string) { logger.Debug(line) }
}

// Verbose logs without credentials, as the following do.
func (d *DiscreetLog) Verbose(a ...any) { d.Log.Verbose(d.clean(a)) }

// Debug logs without credentials.
func (d *DiscreetLog) Debug(a ...any) { d.Log.Debug(d.clean(a)) }

// Info logs without credentials.
func (d *DiscreetLog) Info(a ...any) { d.Log.Info(d.clean(a)) }

// Warn logs without credentials.
func (d *DiscreetLog) Warn(a ...any) { d.Log.Warn(d.clean(a)) }

// Error logs without credentials.
func (d *DiscreetLog) Error(a ...any) { d.Log.Error(d.clean(a)) }

// discreetError is an error whose text has no credentials.
type discreetError struct {
	err     error
	secrets []string
}

// Error gives the text in one line: it may hold a whole page.
func (e *discreetError) Error() string {
	return transport.Clean(transport.Hide(e.err.Error(), e.secrets...))
}

// Unwrap gives the error as it was.
func (e *discreetError) Unwrap() error { return e.err }
