// Command profile takes processor and allocation profiles of the plugin at work on the Artifactory double: promotions
// one by one, a copy of 1,000 images, and an audit of 10,000. The double is in another process. It prints the first
// lines of each profile, and keeps the files in the folder that is named, for `go tool pprof`.
//
//	go run ./tests/profile <folder>
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/process"
)

// asPlugin is the argument with which this program is the plugin; behind it stands the prefix of the profiles.
const asPlugin = "as-plugin"

func main() {
	if len(os.Args) > 3 && os.Args[1] == asPlugin {
		beThePlugin(os.Args[2], os.Args[3:])
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: profile <folder>")
	}
	folder, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil { //nolint:gosec // the folder that was named
		return err
	}
	for _, w := range works() {
		if err := w.profile(ctx, folder); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

// profile does the work on a server of its own, and prints what the profiles of all its runs show together.
func (w work) profile(ctx context.Context, folder string) error {
	double := artifactory.NewServer(
		artifactory.WithRepository(artifactory.Repository{Key: dev}),
		artifactory.WithRepository(artifactory.Repository{Key: prod}),
		artifactory.WithUser(artifactory.User{Name: user, Password: password, Admin: true}),
	)
	server := httptest.NewServer(double)
	defer server.Close()
	double.SetURL(server.URL)
	w.store(fixture.New(double))
	var cpu, allocations []string
	for n, args := range w.runs {
		prefix := filepath.Join(folder, fmt.Sprintf("%s-%d", w.name, n))
		if err := child(ctx, prefix, double.URL(), args, folder); err != nil {
			return err
		}
		cpu, allocations = append(cpu, prefix+".cpu"), append(allocations, prefix+".allocs")
	}
	fmt.Printf("\n%s: %d runs, %d requests\n\n%s: processor time\n", w.name, len(w.runs), double.Stats().Requests, w.name)
	if err := show(ctx, cpu, "-cum"); err != nil {
		return err
	}
	fmt.Printf("\n%s: allocated bytes\n", w.name)
	return show(ctx, allocations, "-cum", "-sample_index=alloc_space")
}

// child runs this program as the plugin.
func child(ctx context.Context, prefix, url string, args []string, home string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p := process.Program{
		Path: self,
		Args: append(append([]string{asPlugin, prefix}, args...), "--url", url, "--user", user, "--password", password),
		Env:  append(os.Environ(), "CI=true", "JFROG_CLI_HOME_DIR="+filepath.Join(home, "jfrog")),
	}
	_, err = p.Run(ctx)
	return err
}

// show prints the first lines of several profiles together.
func show(ctx context.Context, profiles []string, options ...string) error {
	args := append([]string{"tool", "pprof", "-top", "-nodecount=40"}, options...)
	cmd := exec.CommandContext(ctx, "go", append(args, profiles...)...) //nolint:gosec // go itself
	cmd.Stdout = os.Stdout
	return cmd.Run()
}
