// Package contract holds what the plugin, and the double that it is tested with, assume of Artifactory: one statement
// for each assumption, with a check that asks a server. Against the double with its default knobs every statement is
// confirmed.
package contract

import (
	"cmp"
	"context"
	"slices"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

// Confidence is how well a statement is known. The least known comes first.
type Confidence int

// Confidences.
const (
	Undetermined Confidence = iota
	Inferred
	UserReport
	ServerSource
	ClientCode
	Documented
)

func (c Confidence) String() string {
	return [...]string{
		"undetermined", "inferred", "reported by a user", "seen in old server source",
		"seen in client code", "documented",
	}[c]
}

// Statement is one thing that is assumed of the server.
type Statement struct {
	ID, Text string
	// Section orders what is about the same: promote 1, layout 2, referrers 3, storage 4, copy 5, search 6, registry 7,
	// files and repositories 8, builds 9; 0 is about every request.
	Section    string
	Confidence Confidence
	// Relied says what in the plugin depends on it.
	Relied string
	// Knob is the setting of the double's that makes the statement true; empty if the double knows no other answer.
	Knob  string
	Check func(ctx context.Context, t *Trial) Verdict
}

// Outcome is what a check found.
type Outcome string

// Outcomes.
const (
	Confirmed  Outcome = "confirmed"
	Refuted    Outcome = "refuted"
	Untestable Outcome = "not testable"
)

// Verdict is an outcome with its reasons.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	// Found says in a sentence what was seen.
	Found string `json:"found"`
	// Knob is the setting of the double that gives the answer found; empty if there is none.
	Knob     string            `json:"knob,omitempty"`
	Evidence []client.Exchange `json:"evidence,omitempty"`
}

// All lists every statement that can be asked, the least known first.
func All() []Statement {
	all := slices.Concat(
		promoteStatements(), promoteOverStatements(), promoteMoveStatements(), copyStatements(), copyEffectStatements(),
		referrersStatements(), referrersListStatements(), layoutStatements(), registryStatements(), blobStatements(), tagListStatements(),
		storageStatements(), propertyStatements(), aqlStatements(), aqlLimitStatements(), downloadStatements(), checksumStatements(),
		permissionStatements(), overwriteStatements(), repositoryStatements(), markStatements(),
	)
	slices.SortStableFunc(all, func(a, b Statement) int { return cmp.Compare(a.Confidence, b.Confidence) })
	return all
}
