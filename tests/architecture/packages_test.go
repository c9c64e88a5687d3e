package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	// root is the top of the repository, seen from here.
	root   = "../.."
	module = "github.com/signed-promote/signed-promote"
)

// goPackage is what is needed of the output of `go list -json`.
type goPackage struct {
	ImportPath string
	Imports    []string
}

// name returns the path within the module, "main" for its root.
func (p goPackage) name() string {
	if p.ImportPath == module {
		return "main"
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

// inPlugin reports whether the package is compiled into the plugin, as tests and their tools are not.
func (p goPackage) inPlugin() bool { return !strings.HasPrefix(p.name()+"/", "tests/") }

// listPackages returns all packages of the module with what their non-test files import.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(runGo(t, "list", "-json=ImportPath,Imports", "./...")))
	var packages []goPackage
	for {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
	require.NotEmpty(t, packages)
	return packages
}

func runGo(t *testing.T, arguments ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", arguments...)
	command.Dir = root
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	require.NoError(t, err, problems.String())
	return output
}
