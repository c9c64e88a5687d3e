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
	"os"
	"os/exec"
	"path/filepath"
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
	args := append([]string{"test", "-count=1", "-failfast", "-vet=off", "-run", m.tests}, append(m.packages, m.flags...)...)
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

func (m mutant) overlay(dir string) (string, error) {
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(path) //nolint:gosec // as above
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.right); n != 1 {
		return "", fmt.Errorf("%s has %d places like %q; the mistake has to be made anew", m.file, n, m.right)
	}
	mistaken := filepath.Join(dir, "mistaken.go")
	wrong := strings.Replace(string(source), m.right, m.wrong, 1)
	if err := os.WriteFile(mistaken, []byte(wrong), 0o600); err != nil { //nolint:gosec // as above
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	raw, err := json.Marshal(map[string]any{"Replace": map[string]string{path: mistaken}})
	if err != nil {
		return "", err
	}
	return overlay, os.WriteFile(overlay, raw, 0o600)
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
