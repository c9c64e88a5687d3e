// Command bench runs the built plugin against the Artifactory double and prints what each case costs: requests, how
// many of them one after another, bytes each way, bytes of image layers among them, and time, with the budgets beside
// them. `make bench` runs it. It fails if a case does not do its work; budgets are printed here, and enforced by the
// tests of tests/budget.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/signed-promote/signed-promote/tests/budget"
	"github.com/signed-promote/signed-promote/tests/process"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := bench(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context) error {
	home, err := os.MkdirTemp("", "signed-promote-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	p := plugin{home: home, path: filepath.Join(home, "signed-promote")}
	if err := p.build(ctx); err != nil {
		return err
	}
	measured, err := measureAll(ctx, p)
	if err != nil {
		return err
	}
	start, err := p.startTime(ctx)
	if err != nil {
		return err
	}
	if err := write(os.Stdout, measured, start); err != nil {
		return err
	}
	large, err := auditLarge(ctx, p)
	return errors.Join(err, large.write(os.Stdout))
}

func measureAll(ctx context.Context, p plugin) ([]measurement, error) {
	var all []measurement
	for _, c := range budget.Cases() {
		m, err := measure(ctx, p, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// build builds the plugin from this checkout, as the plugin registry does.
func (p plugin) build(ctx context.Context) error { return process.Build(ctx, p.path, ".") }
