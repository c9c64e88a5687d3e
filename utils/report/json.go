package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// JSON gives v as indented JSON, fit for log.Output and for a terminal. Angle brackets and ampersands stay readable.
func JSON(v any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("the result cannot be written as JSON: %w", err)
	}
	return escaped(strings.TrimSuffix(text.String(), "\n")), nil
}

// escaped writes what is not printable as JSON's escapes: the library leaves what controls a terminal beyond ASCII. It occurs in
// strings only.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch high, low := utf16.EncodeRune(r); {
		case unicode.IsGraphic(r) || r == '\n':
			b.WriteRune(r)
		case high != unicode.ReplacementChar:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
