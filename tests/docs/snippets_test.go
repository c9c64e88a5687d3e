package docs

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.yaml.in/yaml/v3"
)

// TestSnippetsParse: blocks of YAML and JSON are what they say.
func TestSnippetsParse(t *testing.T) {
	t.Parallel()
	parsed := map[string]int{}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			var err error
			text := strings.Join(b.lines, "\n")
			switch b.language {
			case "yaml":
				err = documents(text)
			case "json":
				var v any
				err = json.Unmarshal([]byte(text), &v)
			default:
				continue
			}
			parsed[b.language]++
			assert.NoError(t, err, "%s:%d", p.path, b.line)
		}
	}
	assert.Positive(t, parsed["yaml"])
	assert.Positive(t, parsed["json"])
}

// documents parses all documents of a text.
func documents(text string) error {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var v any
		err := decoder.Decode(&v)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
