package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxTable is the number of entries up to which a literal at package level passes as a lookup table.
const maxTable = 24

// State at package level makes two runs in one process meet, and tests depend on their order. What looks like state but
// is not (errors, regular expressions, small unexported tables, embedded files, a lock around foreign state) may stay.
func TestNoStateAtPackageLevel(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.isGo() && !s.isTest() {
			assert.Empty(t, state(t, s), s.path)
		}
	}
}

// state returns the names of the variables that a file declares at package level and should not.
func state(t *testing.T, s source) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), s.path, s.content, parser.ParseComments)
	require.NoError(t, err)
	var names []string
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.VAR {
			continue
		}
		for _, spec := range group.Specs {
			names = append(names, stateOf(group, spec.(*ast.ValueSpec))...)
		}
	}
	return names
}

func stateOf(group *ast.GenDecl, spec *ast.ValueSpec) []string {
	if embedded(group.Doc) || embedded(spec.Doc) || spec.Type != nil && types.ExprString(spec.Type) == "sync.Mutex" {
		return nil
	}
	var names []string
	for i, name := range spec.Names {
		constant := i < len(spec.Values) && isConstant(name, spec.Values[i])
		if name.Name != "_" && !constant {
			names = append(names, name.Name)
		}
	}
	return names
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List,
		func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

func isConstant(name *ast.Ident, value ast.Expr) bool {
	switch value := value.(type) {
	case *ast.CallExpr:
		return slices.Contains([]string{"errors.New", "fmt.Errorf", "regexp.MustCompile"}, types.ExprString(value.Fun))
	case *ast.CompositeLit:
		return !name.IsExported() && isTable(value)
	}
	return false
}

func isTable(literal *ast.CompositeLit) bool {
	switch literal.Type.(type) {
	case *ast.MapType, *ast.ArrayType:
		return 0 < len(literal.Elts) && len(literal.Elts) <= maxTable
	}
	return false
}

func TestStateIsFound(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		`var ErrGone = errors.New("gone")`:                       nil,
		`var pattern = regexp.MustCompile("a")`:                  nil,
		`var _ Mover = (*client)(nil)`:                           nil,
		`var suffixes = []string{".sig", ".att"}`:                nil,
		`var kinds = map[string]int{"a": 1}`:                     nil,
		"//go:embed schema.json\nvar schema []byte":              nil,
		`var renewing sync.Mutex`:                                nil,
		`var Kinds = map[string]int{"a": 1}`:                     {"Kinds"},
		`var cache = map[string]int{}`:                           {"cache"},
		`var logger = log.New()`:                                 {"logger"},
		`var count int`:                                          {"count"},
		`var first, second = errors.New("a"), 2`:                 {"second"},
		"var (\n a = errors.New(\"a\")\n b *http.Client\n)":      {"b"},
		`var options = settings{threads: 3}`:                     {"options"},
		`func f() { var local int; _ = local }`:                  nil,
		`const Size = 3`:                                         nil,
		`var table = []int{` + strings.Repeat("1,", 100) + "\n}": {"table"},
	}
	for code, want := range tests {
		assert.Equal(t, want, state(t, source{path: "x.go", content: []byte("package x\n" + code)}), code)
	}
}
