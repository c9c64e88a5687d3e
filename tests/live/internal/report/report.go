// Package report writes down what a run found: a table for the terminal, and JSON and Markdown that can be shown to
// anybody.
package report

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
	"github.com/signed-promote/signed-promote/tests/live/internal/scenario"
)

// Report is one run.
type Report struct {
	// Server is empty unless the user wants to tell it.
	Server      string            `json:"server,omitempty"`
	Version     string            `json:"artifactoryVersion"`
	PackageType string            `json:"packageType"`
	Statements  []Line            `json:"statements"`
	Scenarios   []scenario.Result `json:"scenarios"`
	// Notes say what was not tried at all, and why.
	Notes []string `json:"notes,omitempty"`
}

// Line is a statement with its verdict.
type Line struct {
	ID         string `json:"id"`
	Text       string `json:"statement"`
	Section    string `json:"section"`
	Confidence string `json:"confidence"`
	Relied     string `json:"reliedOn"`
	contract.Verdict
}

// NewLine joins a statement and its verdict.
func NewLine(s contract.Statement, v contract.Verdict) Line {
	return Line{
		ID: s.ID, Text: s.Text, Section: s.Section, Confidence: s.Confidence.String(), Relied: s.Relied,
		Verdict: v,
	}
}

// Count is the number of statements with an outcome.
func (r *Report) Count(o contract.Outcome) int {
	n := 0
	for _, line := range r.Statements {
		if line.Outcome == o {
			n++
		}
	}
	return n
}

// Failed is the number of scenarios that failed.
func (r *Report) Failed() int {
	n := 0
	for _, s := range r.Scenarios {
		if !s.Passed {
			n++
		}
	}
	return n
}

// JSON is the whole report.
func (r *Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(r)
	return b.Bytes(), err
}

// ErrSecret means that a report would show what it must not.
var ErrSecret = errors.New("the report would contain the token or the server's name; it is not written. Please report this")

// Guard is the last look at what is about to be written: none of the secrets may be in it.
func Guard(content []byte, secrets ...string) error {
	for _, secret := range secrets {
		if secret != "" && bytes.Contains(content, []byte(secret)) {
			return ErrSecret
		}
	}
	return nil
}
