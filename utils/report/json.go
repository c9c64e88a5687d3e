package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteJSON writes v as indented JSON, with a line end. Angle brackets and ampersands stay readable.
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
	encoder := json.NewEncoder(w)
	encoder.SetIndent(prefix, "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("the result cannot be written as JSON: %w", err)
	}
	return nil
}

// noImages is how a result begins its list of images when it has none; within a text the quotation marks would be escaped.
const noImages = `"images": null`

// writeJSON writes the images one by one: a run can have very many, and all of their text at once would take more memory than the run.
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
