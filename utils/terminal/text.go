package terminal

import (
	"regexp"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// shortHex is how many hexadecimal digits tell a digest apart for a person, as docker and git have it.
const shortHex = 12

// encoded finds the digits of a digest wherever they stand: in a digest, a suffix tag, a path or a sentence.
var encoded = regexp.MustCompile(`[0-9a-f]{64,128}`)

// Short abbreviates every digest in a text: "sha256:4355a46b19d3…", "sha256-4355a46b19d3….sig". The full ones stand in
// the JSON.
func Short(s string) string {
	return encoded.ReplaceAllStringFunc(Printable(s), func(hex string) string { return hex[:shortHex] + "…" })
}

// Printable makes text that came from a registry fit for a terminal: control characters and escape sequences are shown
// as '?'.
func Printable(s string) string { return sanitize.Line(s) }

// Plural counts: "1 image", "2 images".
func Plural(word string, n int) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
