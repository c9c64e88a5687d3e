package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/signed-promote/signed-promote/tests/process"
)

// plugin is the built plugin, and a home without configuration.
type plugin struct{ home, path string }

// build builds the plugin from this checkout, as the plugin registry does; remove takes it away again.
func build(ctx context.Context) (p plugin, remove func(), err error) {
	home, err := os.MkdirTemp("", "signed-promote-many")
	if err != nil {
		return plugin{}, nil, err
	}
	remove = func() { _ = os.RemoveAll(home) }
	p = plugin{home: home, path: filepath.Join(home, "signed-promote.exe")}
	if err := process.Build(ctx, p.path, "github.com/signed-promote/signed-promote"); err != nil {
		remove()
		return plugin{}, nil, err
	}
	return p, remove, nil
}

// copies copies the whole fleet, and gives the time and the greatest resident set in MB.
func (p plugin) copies(ctx context.Context, url string, threads int) (wall time.Duration, memory int64, err error) {
	out, err := process.Program{
		Path: p.path,
		Args: []string{
			"copy", dev + "/fleet/*", prod, "--threads", strconv.Itoa(threads), "--format", "json", "--url", url,
			"--user", user, "--password", password,
		},
		Env: append(os.Environ(), "CI=true", "HOME="+p.home, "JFROG_CLI_HOME_DIR="+p.home),
	}.Run(ctx)
	return out.Wall, out.Memory >> 20, err
}
