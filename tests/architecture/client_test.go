package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// REST calls are made by client-go's services and its HTTP client, on the relay of each call: nothing else in their
// package sends.
func TestRequestsGoThroughTheRelay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "utils/artifactory/*.go"))
	require.NoError(t, err)
	senders := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		if sends(parsed) {
			senders[filepath.Base(file)] = true
		}
	}
	assert.Equal(t, map[string]bool{"client.go": true, "relay.go": true}, senders)
}

// sends reports whether a file knows net/http's client, or what makes requests without one.
func sends(file *ast.File) (found bool) {
	senders := map[string]bool{
		"Client": true, "DefaultClient": true, "DefaultTransport": true, "Transport": true,
		"NewRequest": true, "NewRequestWithContext": true, "Get": true, "Post": true, "Head": true,
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			pkg, named := s.X.(*ast.Ident)
			found = found || named && pkg.Name == "http" && senders[s.Sel.Name]
		}
		return !found
	})
	return found
}
