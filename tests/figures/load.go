package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// code is the plugin's own code, parsed and type-checked.
type code struct {
	files     *token.FileSet
	packages  []*pkg
	testLines int
}

// pkg is one package of the module.
type pkg struct {
	// path is relative to the module.
	path  string
	types *types.Package
	info  *types.Info
	files []*file
}

// file is one source file that nobody generated.
type file struct {
	// name is the path relative to the module.
	name   string
	lines  []string
	syntax *ast.File
}

// listed is what is needed of the output of `go list -json`.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles, TestGoFiles    []string
	XTestGoFiles, Imports   []string
	Module                  *struct {
		Path, Dir string
		Main      bool
	}
}

func (l listed) own() bool { return l.Module != nil && l.Module.Main }

// load reads commands, utils and main.go. What they import from elsewhere is read as the compiler has left it.
func load(ctx context.Context, root string) (*code, error) {
	packages, err := list(ctx, root)
	if err != nil {
		return nil, err
	}
	c := &code{files: token.NewFileSet()}
	imported := newPackageImporter(c.files, packages)
	for _, l := range packages {
		if !l.own() {
			continue
		}
		p, err := c.check(l, imported)
		if err != nil {
			return nil, err
		}
		imported.own[l.ImportPath] = p.types
		c.packages = append(c.packages, p)
	}
	c.testLines, err = testLines(root)
	return c, err
}

// list returns the packages of the plugin and all that they import, what is imported first.
func list(ctx context.Context, root string) ([]listed, error) {
	command := exec.CommandContext(ctx, "go", "list", "-deps", "-export",
		"-json=ImportPath,Dir,Export,GoFiles,Imports,Module", ".", "./commands/...", "./utils/...")
	command.Dir = root
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, problems.String())
	}
	var packages []listed
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var l listed
		err := decoder.Decode(&l)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, err
		}
		packages = append(packages, l)
	}
}

// packageImporter returns our own packages as they were checked, and others from the compiler's export data.
type packageImporter struct {
	own    map[string]*types.Package
	others types.Importer
}

func newPackageImporter(files *token.FileSet, packages []listed) *packageImporter {
	exported := map[string]string{}
	for _, l := range packages {
		exported[l.ImportPath] = l.Export
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(exported[path]) }
	return &packageImporter{own: map[string]*types.Package{}, others: importer.ForCompiler(files, "gc", open)}
}

func (i *packageImporter) Import(path string) (*types.Package, error) {
	if p, ok := i.own[path]; ok {
		return p, nil
	}
	return i.others.Import(path)
}

func (c *code) check(l listed, imported types.Importer) (*pkg, error) {
	p := &pkg{
		path: strings.TrimPrefix(strings.TrimPrefix(l.ImportPath, l.Module.Path), "/"),
		info: &types.Info{
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		},
	}
	var parsed []*ast.File
	for _, name := range l.GoFiles {
		content, err := os.ReadFile(filepath.Join(l.Dir, name))
		if err != nil {
			return nil, err
		}
		syntax, err := parser.ParseFile(c.files, filepath.Join(l.Dir, name), content, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, syntax)
		if !ast.IsGenerated(syntax) {
			lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
			p.files = append(p.files, &file{name: filepath.ToSlash(filepath.Join(p.path, name)), lines: lines, syntax: syntax})
		}
	}
	var err error
	p.types, err = (&types.Config{Importer: imported}).Check(l.ImportPath, c.files, parsed, p.info)
	return p, err
}

// testLines counts the lines of all tests and of what only tests use.
func testLines(root string) (lines int, err error) {
	opened, err := os.OpenRoot(root)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	err = fs.WalkDir(opened.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".tools", "bin", "dist"}, entry.Name()):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, "tests/"):
			return nil
		}
		content, err := opened.ReadFile(path)
		lines += bytes.Count(content, []byte("\n"))
		return err
	})
	return lines, err
}
