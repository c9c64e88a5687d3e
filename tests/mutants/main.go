// Command mutants shows that the guarantees' tests bite: it breaks the plugin in one place after another, each a
// mistake that a promotion tool could make, and runs the tests that have to notice. It exits 0 only if every mistake
// turned them red.
//
//	go run ./tests/mutants [name…]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(names []string) error {
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var survived []string
	tried := 0
	for _, m := range mutants() {
		if len(names) > 0 && !slices.Contains(names, m.name) {
			continue
		}
		tried++
		noticed, err := m.noticed(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		fmt.Printf("%-8s %s\n", verdict(noticed), m.name)
		if !noticed {
			survived = append(survived, m.name)
		}
	}
	fmt.Printf("%d mistakes made, %d not noticed\n", tried, len(survived))
	if len(survived) > 0 || tried == 0 {
		return fmt.Errorf("not noticed: %s", strings.Join(survived, ", "))
	}
	return nil
}

func verdict(noticed bool) string {
	if noticed {
		return "noticed"
	}
	return "SURVIVED"
}

// noticed makes the mistake in a copy of its file, which the compiler takes in place of the file, and runs the tests.
func (m mutant) noticed(dir string) (bool, error) {
	overlay, err := m.overlay(dir)
	if err != nil {
		return false, err
	}
	known := counterexamples()
	defer forget(known)
	// What does not decide whether a test fails is left out: a mistake costs little more than linking.
	args := append([]string{"test", "-count=1", "-failfast", "-vet=off", "-run", m.tests},
		append(m.packages, m.flags...)...)
	test := exec.CommandContext(context.Background(), "go", args...) //nolint:gosec // the words are those of the table
	// The overlay is no argument: tests that build the plugin have to build it with the mistake.
	test.Env = append(os.Environ(), "GOFLAGS=-ldflags=-s -overlay="+overlay)
	output, err := test.CombinedOutput()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return false, nil
	case !errors.As(err, &failed):
		return false, err
	case !strings.Contains(string(output), "--- FAIL"):
		return false, fmt.Errorf("the tests did not run:\n%s", output)
	}
	return true, nil
}

// overlay writes the file with the mistake, and what tells the compiler of it. It returns the path of the latter.
func (m mutant) overlay(dir string) (string, error) {
	path, source, err := m.find()
	if err != nil {
		return "", err
	}
	mistaken := filepath.Join(dir, "mistaken.go")
	place := m.place().FindStringIndex(source)
	wrong := source[:place[0]] + m.wrong + source[place[1]:]
	if err := os.WriteFile(mistaken, []byte(wrong), 0o600); err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	raw, err := json.Marshal(map[string]any{"Replace": map[string]string{path: mistaken}})
	if err != nil {
		return "", err
	}
	return overlay, os.WriteFile(overlay, raw, 0o600)
}

// find returns the path and the text of the one file that holds the place: the file that the mistake names, or else any
// of the plugin, so that code may be moved and broken into lines otherwise.
func (m mutant) find() (path, source string, err error) {
	files, err := productFiles()
	if err != nil {
		return "", "", err
	}
	found := 0
	for _, file := range append([]string{m.file}, files...) {
		raw, err := os.ReadFile(file) //nolint:gosec // as above
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", "", err
		}
		if n := len(m.place().FindAllStringIndex(string(raw), -1)); n > 0 {
			found += n
			path, source = file, string(raw)
		}
		if file == m.file && found > 0 {
			break
		}
	}
	if found != 1 {
		return "", "", fmt.Errorf("there are %d places like %q (%s); the mistake has to be made anew", found, m.right, m.file)
	}
	path, err = filepath.Abs(path)
	return path, source, err
}

// place matches what is right, however it is broken into lines.
func (m mutant) place() *regexp.Regexp {
	words := strings.Fields(m.right)
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	return regexp.MustCompile(leading(m.right) + strings.Join(words, `\s+`) + trailing(m.right))
}

// leading and trailing return what matches the white space around what is right, which the mistake repeats.
func leading(text string) string {
	return regexp.QuoteMeta(text[:len(text)-len(strings.TrimLeft(text, "\t\n "))])
}

func trailing(text string) string {
	return regexp.QuoteMeta(text[len(strings.TrimRight(text, "\t\n ")):])
}

// productFiles lists the Go files of the plugin without its tests.
func productFiles() (files []string, err error) {
	for _, dir := range []string{"commands", "utils"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// counterexamples lists what rapid has written down of failed properties.
func counterexamples() []string {
	found, _ := filepath.Glob("utils/*/testdata/rapid/*/*.fail") // The pattern is right.
	return found
}

// forget removes the counterexamples of a mistake: the next run of the tests would try them.
func forget(known []string) {
	for _, file := range counterexamples() {
		if !slices.Contains(known, file) {
			_ = os.Remove(file)
		}
	}
}
