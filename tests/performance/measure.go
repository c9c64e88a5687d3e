package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/signed-promote/signed-promote/tests/performance/internal/linked"
	"github.com/signed-promote/signed-promote/tests/performance/internal/peers"
	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
	"github.com/signed-promote/signed-promote/tests/performance/internal/startup"
	"github.com/signed-promote/signed-promote/tests/process"
)

// startRuns is how often each program is started: a start is short and varies.
const startRuns = 25

// measure measures everything, in a folder of its own.
func measure(ctx context.Context, home string, rounds int) (record.Report, error) {
	r := record.Report{Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Rounds: rounds}
	programs, err := build(ctx, home)
	if err != nil {
		return r, err
	}
	if r.Size, err = linked.Measure(ctx, home); err != nil {
		return r, err
	}
	if r.Startup, r.Init, err = measureStart(ctx, programs, home); err != nil {
		return r, err
	}
	r.Tools, r.Cases, err = peers.Measure(ctx, programs, home, rounds, os.Stderr)
	return r, err
}

// build builds the plugin, as the plugin registry does, and finds everything else.
func build(ctx context.Context, home string) (p peers.Programs, err error) {
	p.Plugin = filepath.Join(home, "signed-promote")
	if err := process.Build(ctx, p.Plugin, "."); err != nil {
		return p, err
	}
	version, err := process.Program{Path: p.Plugin, Args: []string{"--version"}, Env: environ(home)}.Run(ctx)
	if err != nil {
		return p, err
	}
	words := strings.Fields(string(version.Stdout))
	p.Version = words[len(words)-1]
	if p.Tools, err = filepath.Abs(filepath.Join(".tools", "bin")); err != nil {
		return p, err
	}
	p.Self, err = os.Executable()
	return p, err
}

// measureStart compares the plugin with one that does nothing, and with one that has nothing but cosign's code in it.
func measureStart(ctx context.Context, p peers.Programs, home string) ([]record.Start, record.Init, error) {
	bare, cosign := filepath.Join(home, "bare"), filepath.Join(home, "bare-with-cosign")
	for path, pkg := range map[string]string{bare: linked.Bare, cosign: "./tests/startup/cosign"} {
		if err := process.Build(ctx, path, pkg); err != nil {
			return nil, record.Init{}, err
		}
	}
	idle, end, err := p.Idle(ctx, home)
	if err != nil {
		return nil, record.Init{}, err
	}
	defer end()
	ask := func(path, what string) process.Program {
		return process.Program{Path: path, Args: []string{what}, Env: environ(home)}
	}
	starts, err := startup.Measure(ctx, startRuns, []startup.Question{
		{Name: "bare plugin", Asked: startup.Signature, Program: ask(bare, startup.Signature)},
		{Name: "bare plugin with cosign's code", Asked: startup.Signature, Program: ask(cosign, startup.Signature)},
		{Name: "signed-promote", Asked: startup.Signature, Program: ask(p.Plugin, startup.Signature)},
		{Name: "bare plugin", Asked: "--help", Program: ask(bare, "--help")},
		{Name: "signed-promote", Asked: "--help", Program: ask(p.Plugin, "--help")},
		{Name: "signed-promote", Asked: "promote, nothing to do", Program: idle},
	})
	if err != nil {
		return nil, record.Init{}, err
	}
	init, err := startup.Inits(ctx, startRuns, ask(p.Plugin, startup.Signature))
	return starts, init, err
}

func environ(home string) []string {
	return append(os.Environ(), "CI=true", "HOME="+home, "JFROG_CLI_HOME_DIR="+filepath.Join(home, "jfrog"))
}
