package option

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/inventory"
)

// Part splits the work over several machines.
type Part struct {
	Shard inventory.Shard
}

// Flags declares the options.
func (*Part) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("shard", "Work on one of n equal parts of the repository's image paths: i/n, with i from 1 to n. "+
			"With n alone, i comes from the environment: JOB_COMPLETION_INDEX, or what CI systems set for parallel jobs; those that tell n too need no option."),
	}
}

// Parse reads and checks the values.
func (o *Part) Parse(c *components.Context) error {
	index, total := machine()
	value := c.GetStringFlagValue("shard")
	if value == "" {
		if total > 1 && index > 0 {
			o.Shard = inventory.Shard{Index: index, Total: total}
		}
		return nil
	}
	first, second, both := strings.Cut(value, "/")
	if !both {
		first, second = strconv.Itoa(index), value
	}
	i, errIndex := strconv.Atoi(first)
	n, errTotal := strconv.Atoi(second)
	switch {
	case !both && index == 0 && errTotal == nil:
		return fmt.Errorf("--shard %s needs to know which part: write --shard i/%s, or set JOB_COMPLETION_INDEX", value,
			value)
	case errIndex != nil || errTotal != nil || n < 1 || i < 1 || i > n:
		return fmt.Errorf("--shard must be i/n with i from 1 to n, such as 2/10, not %q", value)
	}
	o.Shard = inventory.Shard{Index: i, Total: n}
	return nil
}

// parallelJobs are the variables by which systems tell jobs apart that run the same command: the number of this one,
// how many there are (Kubernetes does not tell), and what the first number is.
var parallelJobs = []struct {
	index, total string
	first        int
}{
	{"JOB_COMPLETION_INDEX", "", 0},                               // Kubernetes Indexed Job
	{"CI_NODE_INDEX", "CI_NODE_TOTAL", 1},                         // GitLab
	{"CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0},                 // CircleCI
	{"BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0}, // Buildkite
	{"SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", 1},             // Semaphore
	{"SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1},   // Azure Pipelines
}

// ShardVariables are listed by the commands that have --shard.
func ShardVariables() []components.EnvVar {
	return []components.EnvVar{
		{Name: "JOB_COMPLETION_INDEX", Description: "Number of this pod of a Kubernetes Indexed Job, for --shard."},
		{Name: "CI_NODE_INDEX, CI_NODE_TOTAL", Description: "Number of this job and of all parallel jobs, for --shard; likewise those of CircleCI, Buildkite, Semaphore and Azure Pipelines."},
	}
}

// machine returns the number of this job, from 1, and of how many, as far as the environment tells; otherwise 0.
func machine() (index, total int) {
	for _, job := range parallelJobs {
		i, err := strconv.Atoi(Variable(job.index))
		if err != nil {
			continue
		}
		n, _ := strconv.Atoi(Variable(job.total)) // what is no number tells no total
		return i - job.first + 1, n
	}
	return 0, 0
}
