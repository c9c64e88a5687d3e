package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// cosign is the program's name in tests/tools.
	cosign = "cosign-v3"
	// width is that of the narrowest terminal in which nothing wraps.
	width = 100
)

func say(number, format string, args ...any) {
	fmt.Printf("\n%s. %s\n", number, fmt.Sprintf(format, args...))
}

// cosign runs cosign and shows the words that matter.
func (s *stage) cosign(ctx context.Context, shown string, args ...string) error {
	return s.run(ctx, "cosign "+shown, cosign, args...)
}

// run shows a command line as a user would type it, runs it and shows what it prints.
func (s *stage) run(ctx context.Context, shown, program string, args ...string) error {
	show("   $ ", shown)
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // cosign and the plugin, with arguments from here
	cmd.Dir = s.home
	cmd.Env = append(os.Environ(), "HOME="+s.home, "DOCKER_CONFIG="+s.home, "COSIGN_PASSWORD=", "CI=true",
		"JFROG_CLI_HOME_DIR="+s.home)
	output, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(output)) {
		if !noise(line) {
			show("     ", strings.TrimRight(line, "\r\n"))
		}
	}
	return err
}

// noise is what cosign says about options that only stand here because there is no network.
func noise(line string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "WARNING") ||
		strings.HasPrefix(line, "Flag ") && strings.Contains(line, "deprecated")
}

var longDigest = regexp.MustCompile(`@sha256:[0-9a-f]{64}`)

// show prints a line as far as the terminal goes.
func show(indent, line string) {
	line = indent + longDigest.ReplaceAllStringFunc(line, func(d string) string { return d[:len("@sha256:")+12] + "…" })
	if utf8.RuneCountInString(line) > width {
		line = string([]rune(line)[:width-1]) + "…"
	}
	fmt.Println(line)
}
