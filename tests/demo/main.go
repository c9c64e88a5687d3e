// Command demo shows in one minute what the plugin is for: it starts the Artifactory double on loopback, pushes and signs a 2-platform
// image, promotes it the usual way, which loses the signature, and then with the plugin. It exits with 0 only if cosign refused the
// image after the first promotion and accepted it after the second. `make demo` brings cosign.
package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/signal"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const (
	dev, prod  = "docker-dev-local", "docker-prod-local"
	image, tag = "team/app", "1.0.0"
	user       = "ci"
	password   = "demo-only"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo failed:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

func demo(ctx context.Context) error {
	stage, err := newStage()
	if err != nil {
		return err
	}
	defer stage.close()
	for _, scene := range []func(context.Context) error{stage.push, stage.sign, stage.promotePlainly, stage.refused, stage.promoteSigned, stage.accepted} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	fmt.Println("\nThe usual promotion lost the signatures; signed-promote carried them.")
	return nil
}

// startDouble serves an Artifactory with two local docker repositories.
func startDouble() (*artifactory.Server, *httptest.Server) {
	double := artifactory.NewServer()
	for _, key := range []string{dev, prod} {
		double.AddRepository(artifactory.Repository{Key: key, Class: "local", PackageType: "docker"})
	}
	double.AddUser(artifactory.User{Name: user, Password: password, Admin: true})
	return double, httptest.NewServer(double)
}
