package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The registry publishes what main.go calls itself, and people read RELEASE.md.
func TestVersionIsTheNewestInTheReleaseNotes(t *testing.T) {
	t.Parallel()
	notes, err := os.ReadFile(filepath.Join(root, "RELEASE.md"))
	require.NoError(t, err)
	heading := regexp.MustCompile(`(?m)^## (\d+\.\d+\.\d+) \(.+\)$`).FindSubmatch(notes)
	require.NotNil(t, heading, "no heading of the form: ## 1.2.3 (date)")
	assert.Equal(t, []string{"v" + string(heading[1])}, versions(t, filepath.Join(root, "main.go")))
}

// versions returns the string literals of a file that are versions.
func versions(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	version := regexp.MustCompile(`^v\d+\.\d+\.\d+$`)
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && version.MatchString(text) {
			found = append(found, text)
		}
		return true
	})
	return found
}
