package report

import (
	"encoding/json"
	"fmt"
	"strings"
)

// JSON gives v as indented JSON, fit for log.Output. Angle brackets and ampersands stay readable.
func JSON(v any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("the result cannot be written as JSON: %w", err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}
