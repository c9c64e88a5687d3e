// Command licences lists the licences of everything that is compiled into the plugin, and refuses those that may not
// be.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/signed-promote/signed-promote/tests/supply"
)

func main() {
	platforms := flag.String("platforms", "", "the platforms, as in \"linux/amd64 windows/amd64\"")
	page := flag.String("page", "docs/licences.md", "the page with the list")
	write := flag.Bool("write", false, "write the page instead of comparing it")
	flag.Parse()
	if err := run(*platforms, *page, *write); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(platforms, page string, write bool) error {
	parsed, err := supply.ParsePlatforms(platforms)
	if err != nil {
		return err
	}
	modules, err := supply.Modules(context.Background(), ".", parsed)
	if err != nil {
		return err
	}
	licences, err := read(modules)
	if err != nil {
		return err
	}
	text := list(licences)
	if write {
		return os.WriteFile(page, text, 0o644) //nolint:gosec // a page of the repository, for everybody
	}
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	if !bytes.Equal(old, text) {
		return fmt.Errorf("%s is not what is compiled in: run `make licences-page` and look at the difference", page)
	}
	fmt.Printf("%d modules on %d platforms: every licence is known and allowed, and %s lists them\n", len(licences),
		len(parsed), page)
	return nil
}

// read tells of every module that cannot go in, not only of the first.
func read(modules []supply.Module) ([]supply.Licence, error) {
	all := make([]supply.Licence, 0, len(modules))
	problems := make([]error, 0, len(modules))
	for _, m := range modules {
		l, err := supply.LicenceOf(m)
		if refused := l.Refused(); err == nil && len(refused) > 0 {
			err = fmt.Errorf("%s@%s is under %s, which is not allowed", m.Path, m.Version, strings.Join(refused, ", "))
		}
		problems = append(problems, err)
		all = append(all, l)
	}
	return all, errors.Join(problems...)
}

func list(licences []supply.Licence) []byte {
	var b bytes.Buffer
	b.WriteString("# Licences of what is compiled in\n\nThe plugin itself is under [Apache-2.0](../LICENSE). Its binaries, of all platforms together, hold these modules and Go's standard\n" +
		"library (BSD-3-Clause). A release has their texts and notices in one file, `THIRD_PARTY_LICENCES.txt`.\n\n" +
		"This page is written by `make licences-page`; `make licences` fails when it is not current, when a licence is not recognised, and when\none is not among those that are allowed.\n\n" +
		"| module | version | licence |\n|---|---|---|\n")
	for _, l := range licences {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", l.Path, l.Version, strings.Join(l.IDs, ", "))
	}
	return b.Bytes()
}
