package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/signed-promote/signed-promote/tests/performance/internal/linked"
	"github.com/signed-promote/signed-promote/tests/performance/internal/page"
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
	programs, bare, err := build(ctx, home)
	if err != nil {
		return r, err
	}
	if r.Size, err = linked.Measure(ctx, home); err != nil {
		return r, err
	}
	if r.Startup, r.Init, err = measureStart(ctx, programs, bare, home); err != nil {
		return r, err
	}
	r.Tools, r.Cases, err = peers.Measure(ctx, programs, home, rounds, os.Stderr)
	return r, err
}

// build builds the plugin and one that does nothing, as the plugin registry does, and finds everything else.
func build(ctx context.Context, home string) (p peers.Programs, bare string, err error) {
	p.Plugin, bare = filepath.Join(home, "signed-promote"), filepath.Join(home, "bare")
	if err := process.Build(ctx, p.Plugin, "."); err != nil {
		return p, bare, err
	}
	if err := process.Build(ctx, bare, linked.Bare); err != nil {
		return p, bare, err
	}
	version, err := process.Program{Path: p.Plugin, Args: []string{"--version"}, Env: environ(home)}.Run(ctx)
	if err != nil {
		return p, bare, err
	}
	words := strings.Fields(string(version.Stdout))
	p.Version = words[len(words)-1]
	if p.Tools, err = filepath.Abs(filepath.Join(".tools", "bin")); err != nil {
		return p, bare, err
	}
	p.Self, err = os.Executable()
	return p, bare, err
}

func measureStart(ctx context.Context, p peers.Programs, bare, home string) ([]record.Start, record.Init, error) {
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

// save writes the record, and the page whose tables are made from it.
func save(r record.Report, folder string) error {
	path := filepath.Join(folder, "performance.md")
	old, err := os.ReadFile(path) //nolint:gosec // the folder that the caller names
	if err != nil {
		return err
	}
	text, err := page.Fill(string(old), r)
	if err != nil {
		return err
	}
	if err := r.Write(filepath.Join(folder, "performance.json")); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // a page of the documentation
}
