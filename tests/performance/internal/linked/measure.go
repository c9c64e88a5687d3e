package linked

import (
	"context"
	"os"
	"path/filepath"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
	"github.com/signed-promote/signed-promote/tests/process"
)

// Bare is the package of a plugin that does nothing.
const Bare = "./tests/startup/bare"

// Measure builds the plugin, and one that does nothing, for the same platform everywhere, and takes the plugin's binary
// apart.
func Measure(ctx context.Context, home string) (record.Size, error) {
	plugin, bare := filepath.Join(home, "measured-plugin"), filepath.Join(home, "measured-bare")
	for path, pkg := range map[string]string{plugin: ".", bare: Bare} {
		if err := process.Build(ctx, path, pkg, "GOOS=linux", "GOARCH=amd64"); err != nil {
			return record.Size{}, err
		}
	}
	size, err := Read(plugin)
	if err != nil {
		return size, err
	}
	stat, err := os.Stat(bare)
	if err != nil {
		return size, err
	}
	size.Bare = stat.Size()
	return size, nil
}
