package startup

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
)

func TestInits(t *testing.T) {
	t.Parallel()
	var traces []trace
	for _, clock := range []string{"9.5", "2.5", "1.5"} {
		one, err := parse("init runtime @0.05 ms, 0.25 ms clock, 0 bytes, 0 allocs\nnoise\n" +
			"init example.com/heavy @1.5 ms, " + clock + " ms clock, 4096 bytes, 18 allocs\n")
		require.NoError(t, err)
		traces = append(traces, one)
	}
	assert.Equal(t, record.Init{Packages: 2, ClockMS: 2.75, Bytes: 4096, Greatest: []record.Package{
		{Name: "example.com/heavy", ClockMS: 2.5, Bytes: 4096}, {Name: "runtime", ClockMS: 0.25},
	}}, sum(traces))
}

func TestNothingTracedIsAnError(t *testing.T) {
	t.Parallel()
	_, err := parse("signed-promote v0.1.0\n")
	assert.Error(t, err)
}
