package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const said = `{"config":{"db":"x"}}
{"finding":{"osv":"GO-1","fixed_version":"v1.2.3","trace":[{"module":"example.com/a","version":"v1.0.0","function":"F"},{"module":"m"}]}}
{"finding":{"osv":"GO-1","trace":[{"module":"example.com/a","version":"v1.0.0"}]}}
{"finding":{"osv":"GO-2","trace":[{"module":"example.com/b","version":"v1.0.0"}]}}
{"finding":{"osv":"GO-3","fixed_version":"v1.26.9","trace":[{"module":"stdlib","version":"v1.26.8","function":"F"}]}}
{"finding":{"osv":"GO-4","fixed_version":"v1.26.10","trace":[{"module":"stdlib","version":"v1.26.8","function":"F"}]}}`

func TestJudge(t *testing.T) {
	t.Parallel()
	findings, err := read(strings.NewReader(said))
	require.NoError(t, err)
	modules, stdlib := report{findings: findings}.split()
	require.Len(t, modules, 1, "only what a way leads to")
	assert.Len(t, stdlib, 2)
	assert.Equal(t, "go1.26.10", newest(stdlib))
	assert.ErrorContains(t, judge(modules, nil), "GO-1 in example.com/a v1.0.0, fixed in v1.2.3")
	assert.NoError(t, judge(modules, map[string]string{"GO-1": "why"}))
	assert.ErrorContains(t, judge(modules, map[string]string{"GO-1": "why", "GO-9": "why"}),
		"GO-9 is accepted and not found any more")
	_, err = read(strings.NewReader(`{"finding":`))
	assert.Error(t, err, "half a report is none")
}

func TestAcceptances(t *testing.T) {
	t.Parallel()
	accepted, err := acceptances("accepted.txt")
	require.NoError(t, err)
	assert.NotEmpty(t, accepted)
	file := filepath.Join(t.TempDir(), "accepted.txt")
	require.NoError(t, os.WriteFile(file, []byte("GO-1 \n"), 0o600))
	_, err = acceptances(file)
	assert.ErrorContains(t, err, "GO-1 is accepted without a reason")
}
