package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const ours = "github.com/signed-promote/signed-promote/"

// TestArchitecturePage: the table has every package and no other, and every arrow of the diagram is an import.
func TestArchitecturePage(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	require.NoError(t, err)
	text := string(content)

	var named, there []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(text, -1) {
		named = append(named, m[1])
	}
	entries, err := os.ReadDir(filepath.Join(root, "utils"))
	require.NoError(t, err)
	for _, entry := range entries {
		there = append(there, entry.Name())
	}
	assert.Equal(t, there, named)

	known := imports(t)
	arrows := regexp.MustCompile(`(?m)^  ([a-z]+) --> ([a-z]+)$`).FindAllStringSubmatch(text, -1)
	assert.Greater(t, len(arrows), 15)
	for _, m := range arrows {
		assert.True(t, known[m[1]+" "+m[2]], "%s does not import %s", m[1], m[2])
	}
}

// imports returns "from to" for every import between our packages, by their last names.
func imports(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	isPlugin := func(path string) bool { return !strings.HasSuffix(path, "_test.go") }
	for path, file := range goFiles(t, isPlugin, "commands", "utils") {
		from := filepath.Base(filepath.Dir(path))
		for _, i := range file.Imports {
			to, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			if strings.HasPrefix(to, ours) {
				all[from+" "+filepath.Base(to)] = true
			}
		}
	}
	return all
}
