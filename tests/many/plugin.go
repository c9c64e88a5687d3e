package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
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
	cmd := exec.CommandContext(ctx, "go", "build", "-o", p.path, "github.com/signed-promote/signed-promote") //nolint:gosec // a path in a folder that was made for it
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		remove()
		return plugin{}, nil, fmt.Errorf("building the plugin: %w\n%s", err, output)
	}
	return p, remove, nil
}

// copies copies the whole fleet, and gives the time and the greatest resident set in MB.
func (p plugin) copies(ctx context.Context, url string, threads int) (wall time.Duration, memory int64, err error) {
	cmd := exec.CommandContext(ctx, p.path, "copy", dev+"/fleet/*", prod, "--threads", strconv.Itoa(threads), "--format", "json", //nolint:gosec // the plugin that was just built
		"--url", url, "--user", user, "--password", password)
	cmd.Env = append(os.Environ(), "CI=true", "HOME="+p.home, "JFROG_CLI_HOME_DIR="+p.home)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	peak := watchMemory(cmd.Process.Pid)
	err = cmd.Wait()
	wall = time.Since(began)
	if memory = peak(); err != nil {
		err = fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return wall, memory, err
}
