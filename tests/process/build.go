package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// Build builds a package of this checkout, as the plugin registry builds the plugin. More may name another platform.
func Build(ctx context.Context, path, pkg string, more ...string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, pkg) //nolint:gosec // a package of this checkout
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), more...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", pkg, err, output)
	}
	return nil
}
