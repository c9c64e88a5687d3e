// Package report holds the results that users and programs read, and writes them as JSON or as tables. The JSON forms
// are described by the schemas in docs; their fields are stable, and only additions are made.
package report

import (
	"errors"
	"fmt"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// Status sums up a run.
type Status string

// The statuses of a run.
const (
	Success     Status = "success"
	Failure     Status = "failure"
	RefusedRun  Status = "refused"
	NothingToDo Status = "nothing-to-do"
)

// Header begins every result.
type Header struct {
	// Status is success, or failure when something failed, is missing or is not as it should be.
	Status  Status `json:"status"`
	Command string `json:"command"`
}

// Traffic ends every result: what the run has cost.
type Traffic struct {
	HTTP HTTP `json:"http"`
	// DurationMs is that of the longest run, for results that were joined.
	DurationMs int64 `json:"durationMs"`
}

// cost is the traffic for people.
func (t Traffic) cost() string {
	return fmt.Sprintf("(%d %s, %.1f s)", t.HTTP.Requests, terminal.Plural("request", int(t.HTTP.Requests)),
		float64(t.DurationMs)/1000)
}

// Totals counts images, as jf prints its totals.
type Totals struct {
	Success int `json:"success"`
	Failure int `json:"failure"`
}

// HTTP counts the traffic of a run: requests with their repetitions, and bytes of bodies.
type HTTP struct {
	Requests      int64 `json:"requests"`
	SentBytes     int64 `json:"sentBytes"`
	ReceivedBytes int64 `json:"receivedBytes"`
}

// Error reports what went wrong, on which side, and what to do.
type Error struct {
	Message string `json:"message"`
	Side    string `json:"side,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

func errorOf(err error) *Error {
	if err == nil {
		return nil
	}
	e := &Error{Message: err.Error()}
	var f *failure.Failure
	if errors.As(err, &f) {
		e.Side, e.Hint = string(f.Side), f.Hint
	}
	return e
}
