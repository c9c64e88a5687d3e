// Command performance lets the plugin and the tools that copy images and signatures promote the same images on the
// Artifactory double, measures what each needs and what arrives, and what the plugin costs at its start. `make bench`
// prints that, `make performance` writes it to docs/. With "size" it only tells what the binary is made of; with "page"
// it only fills the page again from its record.
//
//	go run ./tests/performance [-rounds N] [-write docs] [size | page]
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/signed-promote/signed-promote/tests/performance/internal/linked"
	"github.com/signed-promote/signed-promote/tests/performance/internal/page"
	"github.com/signed-promote/signed-promote/tests/performance/internal/peers"
	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
)

func main() {
	rounds := flag.Int("rounds", 3, "how often each tool does each case")
	write := flag.String("write", "", "folder whose performance.json and performance.md are written")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, flag.Args(), *rounds, *write)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, rounds int, write string) error {
	switch {
	case len(args) > 0 && args[0] == peers.ArticleCommand:
		return peers.Article(ctx, args[1:])
	case len(args) == 1 && args[0] == "size":
		return printSize(ctx)
	case len(args) == 1 && args[0] == "page":
		return rewrite(cmp.Or(write, "docs"))
	case len(args) > 0:
		return fmt.Errorf("unknown argument %q", args[0])
	}
	home, err := os.MkdirTemp("", "signed-promote-performance")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	r, err := measure(ctx, home, rounds)
	if err != nil {
		return err
	}
	if write != "" {
		return errors.Join(r.Write(filepath.Join(write, "performance.json")), rewrite(write))
	}
	return page.Print(os.Stdout, r)
}

// printSize reports what the plugin's binary is made of.
func printSize(ctx context.Context) error {
	home, err := os.MkdirTemp("", "signed-promote-size")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	s, err := linked.Measure(ctx, home)
	if err == nil {
		fmt.Print(page.Size(s))
	}
	return err
}

// rewrite fills the tables of the page in a folder with the figures of the record beside it.
func rewrite(folder string) error {
	r, err := record.Read(filepath.Join(folder, "performance.json"))
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "performance.md")
	old, err := os.ReadFile(path) //nolint:gosec // the folder that the caller names
	if err != nil {
		return err
	}
	text, err := page.Fill(string(old), r)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // a page of the documentation
}
