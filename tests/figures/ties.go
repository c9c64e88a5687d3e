package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"strings"
)

// packages is how packages are built and hang together.
type packages struct {
	count                           int
	files, lines, exported          []int
	fanOut, fanIn                   []int
	ties                            int
	methodFiles                     int
	scattered, mostFiles, mostLines string
}

// add counts a package. A tie is one file that uses a name or method declared in another file of its package, however
// often it does so.
func (s *packages) add(c *code, p *pkg, fanIn map[string]int) {
	lines, exported := 0, 0
	for _, f := range p.files {
		lines += len(f.lines)
		for _, e := range documented(f.syntax) {
			if e.exported {
				exported++
			}
		}
	}
	if len(s.files) == 0 || len(p.files) > maximum(s.files) {
		s.mostFiles = p.path
	}
	if len(s.lines) == 0 || lines > maximum(s.lines) {
		s.mostLines = p.path
	}
	s.count++
	s.files = append(s.files, len(p.files))
	s.lines = append(s.lines, lines)
	s.exported = append(s.exported, exported)
	s.fanOut = append(s.fanOut, len(imports(p, c)))
	s.fanIn = append(s.fanIn, fanIn[p.types.Path()])
	s.ties += ties(c, p)
	for name, n := range scatter(p) {
		if n > s.methodFiles {
			s.methodFiles, s.scattered = n, fmt.Sprintf("%s.%s", filepath.Base(p.path), name)
		}
	}
}

// imports returns the packages of the module that a package imports.
func imports(p *pkg, c *code) []string {
	var found []string
	for _, i := range p.types.Imports() {
		if c.owns(i) {
			found = append(found, i.Path())
		}
	}
	return found
}

func (c *code) owns(p *types.Package) bool {
	for _, own := range c.packages {
		if own.types == p {
			return true
		}
	}
	return false
}

// fanIn counts for each package by how many others it is imported.
func (c *code) fanIn() map[string]int {
	counts := map[string]int{}
	for _, p := range c.packages {
		for _, i := range imports(p, c) {
			counts[i]++
		}
	}
	return counts
}

func ties(c *code, p *pkg) int {
	found := map[[2]string]bool{}
	for id, used := range p.info.Uses {
		if used.Pkg() != p.types || !topLevel(used, p.types) {
			continue
		}
		from, to := c.files.Position(id.Pos()).Filename, c.files.Position(used.Pos()).Filename
		if from != to {
			found[[2]string{from, to}] = true
		}
	}
	return len(found)
}

// topLevel reports whether an object is declared at package level or is a method.
func topLevel(used types.Object, p *types.Package) bool {
	f, ok := used.(*types.Func)
	return used.Parent() == p.Scope() || ok && f.Signature().Recv() != nil
}

// scatter counts for each type the files that have methods of it.
func scatter(p *pkg) map[string]int {
	at := map[string]map[string]bool{}
	for _, f := range p.files {
		for _, declaration := range f.syntax.Decls {
			d, ok := declaration.(*ast.FuncDecl)
			if !ok || d.Recv == nil {
				continue
			}
			name := receiver(d)
			if at[name] == nil {
				at[name] = map[string]bool{}
			}
			at[name][strings.TrimPrefix(f.name, p.path+"/")] = true
		}
	}
	counts := map[string]int{}
	for name, files := range at {
		counts[name] = len(files)
	}
	return counts
}
