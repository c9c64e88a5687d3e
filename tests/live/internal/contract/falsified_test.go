package contract_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
)

// Statements that no knob makes wrong (those have their flips) are refuted by some wrong answer to some request of the
// check, tried from the last request backwards: no check is satisfied whatever it sees.
func TestEveryCheckCanRefute(t *testing.T) {
	t.Parallel()
	for i, s := range contract.All() {
		// With the race detector this is slow; one in four shows that the way is right.
		if s.Knob != "" || testing.Short() && i%4 > 0 {
			continue
		}
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			for nth := requests(t, s); nth > 0; nth-- {
				for _, f := range falsehoods() {
					if falsified(t, s, nth, f).Outcome == contract.Refuted {
						return
					}
				}
			}
			assert.Fail(t, "nothing refutes it")
		})
	}
}

// falsehoods are answers that a server may give in place of its own.
func falsehoods() []artifactory.Fault {
	return []artifactory.Fault{
		{Status: http.StatusOK, Body: "{}"},
		{Status: http.StatusOK, Body: "[]"},
		{Status: http.StatusNotFound, Body: `{"errors":[]}`},
		{Status: http.StatusBadRequest, Body: `{"errors":[]}`},
		{Status: http.StatusCreated},
	}
}

// requests counts those of a check.
func requests(t *testing.T, s contract.Statement) int {
	t.Helper()
	b, server := benchAndServer(t)
	server.ResetLog()
	require.Equal(t, contract.Confirmed, b.Run(t.Context(), s).Outcome)
	return len(server.Log())
}

// falsified runs a check whose nth request is answered falsely.
func falsified(t *testing.T, s contract.Statement, nth int, f artifactory.Fault) contract.Verdict {
	t.Helper()
	b, server := benchAndServer(t)
	f.Match = artifactory.Match{Nth: nth}
	server.AddFault(f)
	return b.Run(t.Context(), s)
}
