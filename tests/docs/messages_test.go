package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var verb = regexp.MustCompile(`%[+#]?[a-z]`)

// TestMessagesOccur: each message that is explained stands in the plugin's code, with the same words in the same order
// and names where the page has "…".
func TestMessagesOccur(t *testing.T) {
	t.Parallel()
	var known []string
	for _, text := range texts(t) {
		known = append(known, verb.ReplaceAllString(text, "…"))
	}
	messages := 0
	for _, p := range pages(t) {
		if p.path != "docs/troubleshooting.md" {
			continue
		}
		for _, m := range regexp.MustCompile("(?m)^### `(.+)`$").FindAllStringSubmatch(p.text, -1) {
			messages++
			assert.True(t, slices.ContainsFunc(known, says(m[1])), "the plugin never says %q", m[1])
		}
	}
	assert.Greater(t, messages, 15)
}

// TestVerifierVersions: the tables of verifiers speak of the versions that --outlook speaks of.
func TestVerifierVersions(t *testing.T) {
	t.Parallel()
	known := texts(t)
	tables := regexp.MustCompile(`(?m)^\|.*\|$`)
	version := regexp.MustCompile(`\b\d+\.\d+\.\d+\b`)
	for _, p := range pages(t) {
		if p.path != "docs/verifiers.md" && p.path != "docs/policies.md" {
			continue
		}
		found := version.FindAllString(strings.Join(tables.FindAllString(p.text, -1), "\n"), -1)
		assert.GreaterOrEqual(t, len(found), 6, p.path)
		for _, v := range found {
			assert.Contains(t, known, v, p.path)
		}
	}
}

// says reports whether a text of the code has all the words of a message, one after another.
func says(message string) func(text string) bool {
	return func(text string) bool {
		for _, words := range strings.Split(message, "…") {
			if len(strings.TrimSpace(words)) < 2 {
				continue
			}
			_, rest, found := strings.Cut(text, strings.TrimSpace(words))
			if !found {
				return false
			}
			text = rest
		}
		return true
	}
}
