package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goFiles parses the Go files below some folders.
func goFiles(t *testing.T, want func(path string) bool, folders ...string) map[string]*ast.File {
	t.Helper()
	all := map[string]*ast.File{}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			relative, err := filepath.Rel(root, path)
			if err != nil || !want(relative) {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, content, parser.SkipObjectResolution)
			all[filepath.ToSlash(relative)] = file
			return err
		})
		require.NoError(t, err)
	}
	require.NotEmpty(t, all)
	return all
}

// testFunctions tells for each test in which files it is.
func testFunctions(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for path, file := range goFiles(t, func(path string) bool { return strings.HasSuffix(path, "_test.go") }, "commands",
		"utils", "tests") {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				all[f.Name.Name] = append(all[f.Name.Name], path)
			}
		}
	}
	return all
}

// flags returns the options of the programs below tests, by the calls of package flag that declare them.
func flags(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{"help": true}
	for _, file := range goFiles(t, func(string) bool { return true }, "tests") {
		ast.Inspect(file, func(n ast.Node) bool {
			call, isCall := n.(*ast.CallExpr)
			if !isCall {
				return true
			}
			on, isMethod := call.Fun.(*ast.SelectorExpr)
			if !isMethod || !slices.Contains([]string{"flag", "flags"}, types.ExprString(on.X)) {
				return true
			}
			for _, argument := range call.Args[:min(2, len(call.Args))] {
				if name, isText := joined(argument); isText {
					all[name] = true
					break
				}
			}
			return true
		})
	}
	return all
}

// texts returns every text in the plugin's code. Texts that are joined by + count as one.
func texts(t *testing.T) []string {
	t.Helper()
	var all []string
	isPlugin := func(path string) bool { return !strings.HasSuffix(path, "_test.go") }
	for _, file := range goFiles(t, isPlugin, "commands", "utils") {
		ast.Inspect(file, func(n ast.Node) bool {
			text, isText := joined(n)
			if isText {
				all = append(all, text)
			}
			return !isText
		})
	}
	return all
}

// joined returns the text of a literal, or of several with anything between them, for which "…" stands.
func joined(n ast.Node) (text string, isText bool) {
	switch n := n.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(n.Value)
		return text, err == nil && n.Kind == token.STRING
	case *ast.BinaryExpr:
		left, one := joined(n.X)
		right, other := joined(n.Y)
		if n.Op != token.ADD || !one && !other {
			return "", false
		}
		if !one {
			left = "…"
		}
		if !other {
			right = "…"
		}
		return left + right, true
	}
	return "", false
}
