package docs

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const (
	// root is the top of the repository, seen from here.
	root = "../.."
	// binaryVariable names the plugin that TestMain builds.
	binaryVariable = "SIGNED_PROMOTE_DOCS_BINARY"
)

// tools lets the lines of cosign and other tools be run, too. `make docs` brings those.
var tools = flag.Bool("docs.tools", false, "run the lines of cosign and other tools with those from .tools/bin")

// TestMain builds the plugin once, as the plugin registry does.
func TestMain(m *testing.M) {
	flag.Parse()
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "signed-promote-docs")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "signed-promote")
	build := exec.Command("go", "build", "-o", path, root)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the plugin: %w\n%s", err, output)
	}
	if err := os.Setenv(binaryVariable, path); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
