// Package process runs programs and tells what they cost: time, processor time and memory. It is shared by everything
// that measures.
package process

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"
)

// Usage is what one run of a program cost.
type Usage struct {
	// Wall is the time from its start to its end; CPU what it computed, in user and system mode together.
	Wall, CPU time.Duration
	// Memory is the greatest resident set in bytes, or 0 where the system does not tell.
	Memory int64
}

// Then adds a run that follows: times add up, the greater memory counts.
func (u Usage) Then(next Usage) Usage {
	return Usage{Wall: u.Wall + next.Wall, CPU: u.CPU + next.CPU, Memory: max(u.Memory, next.Memory)}
}

// Program is what can be run: a path, its arguments and its whole environment.
type Program struct {
	Path string
	Args []string
	Env  []string
	// Dir is where it runs; empty means here.
	Dir string
}

// Output is what a program printed, and what it cost.
type Output struct {
	Usage
	Stdout, Stderr []byte
}

// Run runs a program to its end. With an error there is an output, too; the error has what was printed to stderr.
func (p Program) Run(ctx context.Context) (Output, error) {
	cmd := exec.CommandContext(ctx, p.Path, p.Args...) //nolint:gosec // programs of the tests
	cmd.Env, cmd.Dir = p.Env, p.Dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return Output{}, err
	}
	peak := watchMemory(cmd.Process.Pid)
	err := cmd.Wait()
	u := Usage{Wall: time.Since(start), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Memory: peak()}
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return Output{Usage: u, Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}, err
}
