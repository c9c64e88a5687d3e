package main

import (
	"errors"
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"
)

// walk is how somebody who follows one promotion call by call goes through the files.
//
// The reader starts in the function that promotes one request and reads it from top to bottom. Each function or method
// of this module that is named there, called or handed on as a value, is read completely at that place, then what it
// names in turn, and so on; one that was read before is not read again. Methods of interfaces end the way, since it
// does not say which type is behind them, and so do functions of other modules and of the packages that nearly
// everybody uses (vocabulary), whose names say enough. The way back from a function to its caller is not counted. The
// files in which these functions stand, in this order, with repetitions next to each other taken for one, are the
// stays.
type walk struct {
	// stays counts visits of a file.
	stays int
	// files counts files, whose first visit is no return.
	files int
	// returns counts visits of a file that had been left before.
	returns int
	// sideways counts moves from one file to another of the same package.
	sideways int
}

// entries are the methods at which a promotion begins, by their type; the first that exists is taken.
func entries() [][2]string { return [][2]string{{"Promoter", "Promote"}, {"Engine", "Promote"}} }

// vocabulary are the packages whose functions a reader knows by their names.
func vocabulary() []string {
	return []string{
		"utils/failure", "utils/manifest", "utils/memo", "utils/memo", "utils/parallel", "utils/reference",
	}
}

var errNoEntry = errors.New("nothing promotes: adapt entries to the new name")

// walker follows functions to the ones that they name.
type walker struct {
	bodies map[*types.Func]body
	read   map[*types.Func]bool
	been   map[string]bool
	at     string
	walk   walk
}

// body is where a function stands.
type body struct {
	file string
	info *types.Info
	code *ast.BlockStmt
}

// follow walks one promotion.
func follow(c *code) (walk, error) {
	w := &walker{bodies: map[*types.Func]body{}, read: map[*types.Func]bool{}, been: map[string]bool{}}
	var promotion *types.Package
	for _, p := range c.packages {
		if p.path == "utils/promotion" {
			promotion = p.types
		}
		if !slices.Contains(vocabulary(), p.path) {
			w.add(p)
		}
	}
	for _, entry := range entries() {
		if start := method(promotion, entry[0], entry[1]); start != nil {
			w.visit(start)
			return w.walk, nil
		}
	}
	return walk{}, errNoEntry
}

func (w *walker) add(p *pkg) {
	for _, f := range p.files {
		for _, declaration := range f.syntax.Decls {
			if d, ok := declaration.(*ast.FuncDecl); ok && d.Body != nil {
				w.bodies[p.info.Defs[d.Name].(*types.Func)] = body{file: f.name, info: p.info, code: d.Body}
			}
		}
	}
}

// method returns a method of a type, or nil.
func method(p *types.Package, typeName, name string) *types.Func {
	if p == nil {
		return nil
	}
	object := p.Scope().Lookup(typeName)
	if object == nil {
		return nil
	}
	found, _, _ := types.LookupFieldOrMethod(types.NewPointer(object.Type()), true, p, name)
	f, _ := found.(*types.Func)
	return f
}

// visit reads a function that was not read before, and then what it names.
func (w *walker) visit(f *types.Func) {
	f = f.Origin()
	b, ours := w.bodies[f]
	if !ours || w.read[f] {
		return
	}
	w.read[f] = true
	w.enter(b.file)
	ast.Inspect(b.code, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if named, ok := b.info.Uses[id].(*types.Func); ok {
				w.visit(named)
			}
		}
		return true
	})
}

func (w *walker) enter(file string) {
	if file == w.at {
		return
	}
	w.walk.stays++
	switch {
	case w.been[file]:
		w.walk.returns++
	default:
		w.walk.files++
	}
	if w.at != "" && filepath.Dir(file) == filepath.Dir(w.at) {
		w.walk.sideways++
	}
	w.been[file] = true
	w.at = file
}
