package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

var literal = regexp.MustCompile(`(?m)^const version = "(v[^"]+)"$`)

// versionOf reads the version where jf compares it, too: it is a literal, since the plugin registry builds without
// linker flags.
func versionOf(source string) (string, error) {
	text, err := os.ReadFile(filepath.Join(source, "main.go"))
	if err != nil {
		return "", err
	}
	found := literal.FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("main.go of %s has no version", source)
	}
	return string(found[1]), nil
}
