package contract_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
)

// What comments cite is a statement of the contract, and no document that is not here.
func TestWhatIsCitedIsStated(t *testing.T) {
	t.Parallel()
	stated := map[string]bool{}
	for _, s := range slices.Concat(contract.All(), contract.Unreachable()) {
		stated[s.ID] = true
	}
	cited := 0
	for path, text := range repository(t) {
		// Put together here, so that this file does not find itself.
		assert.NotContains(t, text, "("+"facts", path)
		for _, id := range citations(text) {
			cited++
			assert.True(t, stated[id], "%s cites %s, which is no statement", path, id)
		}
	}
	assert.Greater(t, cited, 50)
}

func TestCitationsAreFound(t *testing.T) {
	t.Parallel()
	found := citations("// Copies nest (contract copy-nests,\n\t// copy-merges). A contract (of ours).")
	assert.Equal(t, []string{"copy-nests", "copy-merges"}, found)
}

// citations returns the IDs that comments name, also where a line is broken inside.
func citations(text string) []string {
	text = regexp.MustCompile(`\n\s*// `).ReplaceAllString(text, " ")
	var ids []string
	for _, m := range regexp.MustCompile(`\(contract ([a-z0-9, -]+)\)`).FindAllStringSubmatch(text, -1) {
		ids = append(ids, strings.Split(m[1], ", ")...)
	}
	return ids
}

// repository returns the text of every Go file and page.
func repository(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	root := os.DirFS("../../../..")
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".tools", "bin", "dist"}, entry.Name()):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".md"):
			return nil
		}
		content, err := fs.ReadFile(root, path)
		texts[path] = string(content)
		return err
	})
	require.NoError(t, err)
	return texts
}
