// Command release builds the plugin for every platform so that anybody who builds the same commit gets the same bytes,
// and puts beside the binaries what tells of them: checksums, a bill of materials each, and the licences of what is in
// them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/signed-promote/signed-promote/tests/supply"
)

func main() {
	platforms := flag.String("platforms", "", "the platforms, as in \"linux/amd64 windows/amd64\"")
	source := flag.String("source", ".", "the folder to build")
	out := flag.String("out", "dist/release", "the folder to write to; what is in it is removed")
	flag.Parse()
	if err := run(context.Background(), *platforms, *source, *out); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, platforms, source, out string) error {
	parsed, err := supply.ParsePlatforms(platforms)
	if err != nil {
		return err
	}
	version, err := versionOf(source)
	if err != nil {
		return err
	}
	modules, err := supply.Modules(ctx, source, parsed)
	if err != nil {
		return err
	}
	licences, err := read(modules)
	if err != nil {
		return err
	}
	r := release{version: version, source: source, out: out, licences: licences}
	if err := r.begin(); err != nil {
		return err
	}
	for _, p := range parsed {
		if err := r.platform(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return r.end()
}

func read(modules []supply.Module) (map[string]supply.Licence, error) {
	all := map[string]supply.Licence{}
	for _, m := range modules {
		l, err := supply.LicenceOf(m)
		if err != nil {
			return nil, err
		}
		all[m.Path] = l
	}
	return all, nil
}
