package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/supply"
)

// name is that of the plugin and of its executable.
const name = "signed-promote"

// release is one in the making.
type release struct {
	version, source, out string
	// licences are those of the modules, by path.
	licences map[string]supply.Licence
}

func (r release) begin() error {
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	return os.MkdirAll(r.out, 0o755) //nolint:gosec // to be published
}

// platform builds a binary and describes it.
func (r release) platform(ctx context.Context, p supply.Platform) error {
	file := strings.Join([]string{name, r.version, p.OS, p.Arch}, "-")
	binary := file
	if p.OS == "windows" {
		binary += ".exe"
	}
	path, err := filepath.Abs(filepath.Join(r.out, binary))
	if err != nil {
		return err
	}
	if err := r.build(ctx, p, path); err != nil {
		return err
	}
	if err := r.check(ctx, p, path); err != nil {
		return err
	}
	return r.describe(p, path, filepath.Join(r.out, file+".cdx.json"))
}

// build leaves out what differs from machine to machine: paths, and the state of a checkout. The version is in the
// source.
func (r release) build(ctx context.Context, p supply.Platform, path string) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", path, ".")
	command.Dir, command.Env = r.source, p.Env()
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	return nil
}

// check runs what can run here: jf compares the same words.
func (r release) check(ctx context.Context, p supply.Platform, path string) error {
	if p.OS != runtime.GOOS || p.Arch != runtime.GOARCH {
		return nil
	}
	output, err := exec.CommandContext(ctx, path, "-v").Output()
	if want := name + " version " + r.version; err != nil || strings.TrimSpace(string(output)) != want {
		return fmt.Errorf("-v says %q in place of %q: %w", output, want, err)
	}
	return nil
}

// end writes what is about all binaries.
func (r release) end() error {
	texts, err := r.texts()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.out, "THIRD_PARTY_LICENCES.txt"), texts, 0o644); err != nil { //nolint:gosec // to be published
		return err
	}
	return sums(r.out)
}

// sums writes the checksums of all files in a folder, as sha256sum reads them.
func sums(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var lines []string
	for _, e := range entries {
		sum, size, err := sha256Of(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		lines = append(lines, sum+"  "+e.Name()+"\n")
		fmt.Printf("%s  %6.1f MB  %s\n", sum, float64(size)/1e6, e.Name())
	}
	slices.Sort(lines)
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(strings.Join(lines, "")), 0o644) //nolint:gosec // to be published
}
