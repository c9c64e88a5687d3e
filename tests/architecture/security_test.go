package architecture

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every defence names the tests that hold it; those must be there.
func TestDefencesHaveTheirTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	require.NoError(t, err)
	links := regexp.MustCompile(`\[(Test\w+)\]\(([^)]+)\)`).FindAllSubmatch(page, -1)
	require.NotEmpty(t, links)
	for _, link := range links {
		source, err := os.ReadFile(filepath.Join(root, string(link[2])))
		if assert.NoError(t, err) {
			assert.Contains(t, string(source), "func "+string(link[1])+"(t *testing.T)", "%s", link[2])
		}
	}
	for _, row := range regexp.MustCompile(`(?m)^\| (.+) \|$`).FindAllSubmatch(page, -1) {
		if !regexp.MustCompile(`^(threat|---)`).Match(row[1]) {
			assert.Regexp(t, `\(.+_test\.go\)$`, string(row[1]), "a threat without a test")
		}
	}
}
