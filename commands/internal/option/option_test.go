package option

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWaitTime(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 0, "0s": 0, "2s": 2 * time.Second, "100ms": 100 * time.Millisecond, "4294967295s": 4294967295 * time.Second,
	} {
		got, err := waitTime(value)
		require.NoError(t, err)
		assert.Equal(t, want, got, value)
	}
}

// More threads may have more requests at one time, up to what one run may ask of a server.
func TestRequestsAtOneTime(t *testing.T) {
	t.Parallel()
	for threads, want := range map[int]int{1: 16, 3: 16, 4: 16, 5: 20, 8: 32, 32: 128, 33: 128, math.MaxInt32: 128} {
		assert.Equal(t, want, (&Requests{Threads: threads}).InFlight(), "%d threads", threads)
	}
}

func TestCIIsAnything(t *testing.T) {
	for value, want := range map[string]bool{"": false, "true": true, "false": true, "woodpecker": true} {
		t.Setenv("CI", value)
		assert.Equal(t, want, IsCI(), "CI=%q", value)
	}
}

func TestAges(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0s": 0, "90m": 90 * time.Minute, "2d": 48 * time.Hour,
		"1w": 168 * time.Hour,
	} {
		got, err := Age(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"", "d", "-1h", "-1d", "1.5d", "soon", "99999999d"} {
		_, err := Age(text)
		assert.Error(t, err, text)
	}
}

// Systems number parallel jobs from 0 or from 1; a shard is numbered from 1. No test runs beside this one: it sets the
// environment.
func TestShardsFromTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		env, option, want, fail string
	}{
		"nothing":              {},
		"Kubernetes":           {env: "JOB_COMPLETION_INDEX=0", option: "10", want: "1/10"},
		"Kubernetes, the last": {env: "JOB_COMPLETION_INDEX=9", option: "10", want: "10/10"},
		"Kubernetes, no total": {env: "JOB_COMPLETION_INDEX=3"},
		"too few":              {env: "JOB_COMPLETION_INDEX=10", option: "10", fail: "with i from 1 to n"},
		"GitLab":               {env: "CI_NODE_INDEX=2 CI_NODE_TOTAL=4", want: "2/4"},
		"GitLab, one job":      {env: "CI_NODE_INDEX=1 CI_NODE_TOTAL=1"},
		"CircleCI":             {env: "CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3", want: "1/3"},
		"Buildkite":            {env: "BUILDKITE_PARALLEL_JOB=2 BUILDKITE_PARALLEL_JOB_COUNT=3", want: "3/3"},
		"Semaphore":            {env: "SEMAPHORE_JOB_INDEX=1 SEMAPHORE_JOB_COUNT=3", want: "1/3"},
		"Azure Pipelines":      {env: "SYSTEM_JOBPOSITIONINPHASE=3 SYSTEM_TOTALJOBSINPHASE=3", want: "3/3"},
		"the option is louder": {env: "CI_NODE_INDEX=2 CI_NODE_TOTAL=4", option: "1/2", want: "1/2"},
		"no number":            {option: "10", fail: "write --shard i/10"},
		"zero":                 {option: "0/4", fail: "with i from 1 to n"},
		"beyond":               {option: "5/4", fail: "with i from 1 to n"},
		"words":                {option: "a/b", fail: "with i from 1 to n"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, job := range parallelJobs {
				t.Setenv(job.index, "")
			}
			for _, pair := range strings.Fields(c.env) {
				key, value, _ := strings.Cut(pair, "=")
				t.Setenv(key, value)
			}
			given := &components.Context{}
			if c.option != "" {
				given.AddStringFlag("shard", c.option)
			}
			var o Part
			err := o.Parse(given)
			if c.fail != "" {
				require.ErrorContains(t, err, c.fail)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, o.Shard.String())
		})
	}
}
