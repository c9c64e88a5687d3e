package docs

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/signed-promote/signed-promote/tests/process"
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
	if err := process.Build(context.Background(), path, root); err != nil {
		return 0, err
	}
	if err := os.Setenv(binaryVariable, path); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
