// Command artifactory-double runs the Artifactory double on a port of this machine, so that jf, cosign, crane,
// oras and other tools can be pointed at it.
//
//	go run ./tests/artifactory/cmd/artifactory-double --repo docker-dev-local --repo docker-prod-local
//
// Besides Artifactory's own paths it serves GET /_double/log, GET /_double/stats and POST /_double/reset for scripts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "artifactory-double:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.listen)
	if err != nil {
		return err
	}
	double := c.server("http://" + listener.Addr().String())
	server := &http.Server{Handler: withScripts(double), ReadHeaderTimeout: 10 * time.Second}
	if _, err := io.WriteString(stdout, c.welcome(double)); err != nil {
		return err
	}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
		return shutdown(context.WithoutCancel(ctx), server)
	}
}

// shutdown lets running requests end.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}
