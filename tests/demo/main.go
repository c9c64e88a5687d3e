// Command demo shows in one minute what the plugin is for: it starts the Artifactory double on loopback, pushes and
// signs a 2-platform image, promotes it the usual way, which loses the signatures, and then with the plugin. It exits
// with 0 only if cosign found no signature after the first promotion and accepted the image after the second. `make
// demo` brings cosign.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

const (
	dev, prod  = "docker-dev-local", "docker-prod-local"
	image, tag = "team/app", "1.0.0"
	user       = "ci"
	password   = "demo-only"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := demo(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo failed:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context) error {
	stage, err := newStage(ctx)
	if err != nil {
		return err
	}
	defer stage.close()
	for _, scene := range stage.scenes() {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	fmt.Println("\nThe usual promotion lost the signatures; signed-promote carried them.")
	return nil
}
