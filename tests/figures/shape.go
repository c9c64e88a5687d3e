package main

import (
	"go/ast"
	"go/token"
	"strings"
	"unicode/utf8"
)

// maxColumns is where a line is too long; a tab is one column, as in most counts of columns.
const maxColumns = 120

// shape is what can be told of files without knowing how they hang together.
type shape struct {
	fileLines, functionLines, complexities, docWords []int
	lines, longLines, commentLines                   int
	exported, undocumented                           int
}

// add counts a file.
func (s *shape) add(files *token.FileSet, f *file) {
	s.fileLines = append(s.fileLines, len(f.lines))
	s.lines += len(f.lines)
	for _, line := range f.lines {
		if utf8.RuneCountInString(line) > maxColumns {
			s.longLines++
		}
	}
	for _, group := range f.syntax.Comments {
		s.commentLines += files.Position(group.End()).Line - files.Position(group.Pos()).Line + 1
	}
	for _, declaration := range f.syntax.Decls {
		if d, ok := declaration.(*ast.FuncDecl); ok && d.Body != nil {
			s.functionLines = append(s.functionLines, files.Position(d.End()).Line-files.Position(d.Pos()).Line+1)
			s.complexities = append(s.complexities, complexity(d.Body))
		}
	}
	for _, e := range documented(f.syntax) {
		s.document(e)
	}
}

func (s *shape) document(e documentable) {
	if e.doc != nil {
		s.docWords = append(s.docWords, len(strings.Fields(e.doc.Text())))
	}
	if e.exported {
		s.exported++
		if e.doc == nil && !e.grouped {
			s.undocumented++
		}
	}
}

// complexity is McCabe's number: one, and one for each branch.
func complexity(body *ast.BlockStmt) int {
	count := 1
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			count++
		case *ast.CaseClause:
			if n.List != nil {
				count++
			}
		case *ast.CommClause:
			if n.Comm != nil {
				count++
			}
		case *ast.BinaryExpr:
			if n.Op == token.LAND || n.Op == token.LOR {
				count++
			}
		}
		return true
	})
	return count
}

// documentable is a declaration that may have a doc comment: a function, method, type, constant, variable, or the
// package.
type documentable struct {
	doc      *ast.CommentGroup
	exported bool
	// grouped means that the comment of its group covers it.
	grouped bool
}

func documented(f *ast.File) []documentable {
	found := []documentable{{doc: f.Doc}}
	for _, declaration := range f.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			found = append(found, documentable{doc: d.Doc, exported: d.Name.IsExported() && receiverIsExported(d)})
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				found = append(found, documentedSpecs(d)...)
			}
		}
	}
	return found
}

func documentedSpecs(d *ast.GenDecl) []documentable {
	var found []documentable
	if d.Lparen.IsValid() {
		found = append(found, documentable{doc: d.Doc})
	}
	for _, spec := range d.Specs {
		one := documentable{grouped: d.Lparen.IsValid() && d.Doc != nil}
		switch s := spec.(type) {
		case *ast.TypeSpec:
			one.doc, one.exported = s.Doc, s.Name.IsExported()
		case *ast.ValueSpec:
			one.doc, one.exported = s.Doc, s.Names[0].IsExported()
		}
		if one.doc == nil && !d.Lparen.IsValid() {
			one.doc = d.Doc
		}
		found = append(found, one)
	}
	return found
}

// receiverIsExported reports whether a declaration is a function, or a method of an exported type.
func receiverIsExported(d *ast.FuncDecl) bool {
	return d.Recv == nil || ast.IsExported(receiver(d))
}

// receiver returns the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	name := ""
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name
}
