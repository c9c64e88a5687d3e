package verification

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/sigstore-go/pkg/root"
)

// patience is how long the public-good root may take: it is a handful of small files.
const patience = 30 * time.Second

// loadRoot reads sigstore's trusted root from a file, or for an empty path the public-good one, which cosign keeps in
// its TUF cache and brings up to date from the network.
func loadRoot(ctx context.Context, path string) (root.TrustedMaterial, error) {
	if path == "" {
		return publicRoot(ctx)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("trusted root %s cannot be read: %w", path, err)
	}
	material, err := root.NewTrustedRootFromJSON(text)
	if err != nil {
		return nil, fmt.Errorf("trusted root %s cannot be used: %w", path, err)
	}
	return material, nil
}

// publicRoot asks in the background, since the library takes no context.
func publicRoot(ctx context.Context) (root.TrustedMaterial, error) {
	type answer struct {
		material root.TrustedMaterial
		err      error
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	came := make(chan answer, 1)
	go func() {
		material, err := cosign.TrustedRoot()
		came <- answer{material, err}
	}()
	a := answer{}
	select {
	case a = <-came:
	case <-ctx.Done():
		a.err = ctx.Err()
	}
	if a.err != nil {
		return nil, fmt.Errorf("sigstore's public trusted root cannot be fetched, which these checks need: %w; "+
			"without a network, or for another instance, name a file with --trusted-root; for keys whose signatures are in no log, add --insecure-ignore-tlog", a.err)
	}
	return a.material, nil
}
