package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
)

// WriteJSON writes v as indented JSON, with a line end, fit for a terminal. Angle brackets and ampersands stay
// readable.
func WriteJSON(w io.Writer, v any) error {
	if long, ok := v.(*Result); ok {
		return long.writeJSON(w)
	}
	return encode(w, "", v)
}

// JSON is WriteJSON into a text, without the line end.
func JSON(v any) (string, error) {
	var text strings.Builder
	err := WriteJSON(&text, v)
	return strings.TrimSuffix(text.String(), "\n"), err
}

func encode(w io.Writer, prefix string, v any) error {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent(prefix, "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("the result cannot be written as JSON: %w", err)
	}
	_, err := io.WriteString(w, escaped(text.String()))
	return err
}

// noImages is how a result begins its list of images when it has none; within a text the quotation marks would be
// escaped.
const noImages = `"images": null`

// writeJSON writes the images one by one: a run can have very many, and all of their text at once would take more
// memory than the run.
func (r *Result) writeJSON(w io.Writer) error {
	if len(r.Images) == 0 {
		return encode(w, "", r)
	}
	var around strings.Builder
	empty := *r
	empty.Images = nil
	if err := encode(&around, "", empty); err != nil {
		return err
	}
	before, after, _ := strings.Cut(around.String(), noImages)
	out := bufio.NewWriter(w)
	separator := before + `"images": [`
	for _, image := range r.Images {
		_, _ = out.WriteString(separator + "\n    ") // An error stays, and Flush tells of it.
		var text strings.Builder
		if err := encode(&text, "    ", image); err != nil {
			return err
		}
		_, _ = out.WriteString(strings.TrimSuffix(text.String(), "\n"))
		separator = ","
	}
	_, _ = out.WriteString("\n  ]" + after)
	return out.Flush()
}

// escaped writes what is not printable as JSON's escapes: the library leaves what controls a terminal beyond ASCII. It
// occurs in strings only.
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
