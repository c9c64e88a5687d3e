package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitError   = 1
	exitRefuted = 2
)

// errRefuted means that the run went well and the server is not as assumed.
var errRefuted = errors.New("not everything is as assumed; see the report")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := live(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errRefuted):
		fmt.Fprintln(os.Stderr, "live:", err)
		os.Exit(exitRefuted)
	default:
		fmt.Fprintln(os.Stderr, "live:", err)
		os.Exit(exitError)
	}
}

// live is the whole command.
func live(ctx context.Context, args []string, get func(string) string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	env, err := readEnvironment(get)
	if err != nil {
		return err
	}
	s, err := begin(ctx, o, env, stdout)
	if err != nil {
		return err
	}
	// What was made goes, however the run ends.
	defer func() { err = errors.Join(err, s.end(context.WithoutCancel(ctx))) }()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := errors.Join(s.statements(ctx), s.scenarios(ctx)); err != nil {
		s.report.Notes = append(s.report.Notes, "The run ended early: what is missing was not looked at.")
		return errors.Join(fmt.Errorf("the run ended early: %w", err), s.conclude())
	}
	return s.conclude()
}
