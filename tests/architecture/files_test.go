package architecture

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxLines is generous: nine of ten files of the code bases that this one learns from stay below 350 lines.
const maxLines = 400

// source is one file of the repository.
type source struct {
	// path is relative to the root, with slashes.
	path    string
	content []byte
}

func (s source) isTest() bool {
	return strings.HasPrefix(s.path, "tests/") || strings.HasSuffix(s.path, "_test.go")
}

func (s source) isGo() bool { return strings.HasSuffix(s.path, ".go") }

// sources reads every file that belongs to the repository, leaving out what is built or installed.
func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipBuilt(entry.Name())
		}
		relative, err := filepath.Rel(root, path)
		// In a linked worktree .git is a file.
		if err != nil || !entry.Type().IsRegular() || relative == ".git" {
			return err
		}
		content, err := os.ReadFile(path)
		found = append(found, source{path: filepath.ToSlash(relative), content: content})
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

func skipBuilt(folder string) error {
	if slices.Contains([]string{".git", ".tools", ".idea", ".vscode", "bin", "dist"}, folder) {
		return fs.SkipDir
	}
	return nil
}

func TestUtilsIsAFolderOfPackages(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "utils", "*.go"))
	require.NoError(t, err)
	assert.Empty(t, files, "every file belongs to a package with a purpose")
}

func TestFilesStaySmall(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.isGo() && !s.isTest() {
			assert.LessOrEqual(t, bytes.Count(s.content, []byte("\n")), maxLines, s.path)
		}
	}
}

// What works on one machine only must not be published: home folders, work folders, hosts of module proxies.
func TestNothingOfThisMachineIsMentioned(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if filepath.Base(s.path) != "go.sum" {
			assert.Empty(t, machineTraces(s.content), s.path)
		}
	}
}

func machineTraces(content []byte) []string {
	// Put together here, so that this file does not find itself.
	traces := []string{"/" + "root/", "/" + "work/", "proxy" + ".golang.org", "sum" + ".golang.org", "goproxy" + "."}
	return slices.DeleteFunc(traces, func(trace string) bool { return !bytes.Contains(content, []byte(trace)) })
}

func TestMachineTracesAreFound(t *testing.T) {
	t.Parallel()
	assert.Len(t, machineTraces([]byte("see /"+"root/go and https://proxy"+".golang.org")), 2)
	assert.Empty(t, machineTraces([]byte("a network/path and framework/code")))
}
