//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/signed-promote/signed-promote/tests/process"
)

// binary names the plugin that TestMain built.
const binary = "SIGNED_PROMOTE_E2E_BINARY"

// TestMain builds the plugin once, as the plugin registry does.
func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "signed-promote-e2e")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "signed-promote")
	if err := process.Build(context.Background(), path, "../.."); err != nil {
		return 0, err
	}
	if err := os.Setenv(binary, path); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
