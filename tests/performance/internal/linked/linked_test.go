package linked

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPackageOf(t *testing.T) {
	t.Parallel()
	for symbol, want := range map[string]string{
		"main.main":                "main",
		"runtime.mheap_":           "runtime",
		"net/http.(*Client).Do":    "net/http",
		"example.com/a/b.Function": "example.com/a/b",
		"example.com/a/b.(*T).Method[example.com/c.D]":                 "example.com/a/b",
		"example.com/a/b.Generic[go.shape.struct { example.com/c.D }]": "example.com/a/b",
		"gopkg.in/yaml%2ev3.Marshal":                                   "gopkg.in/yaml.v3",
		"example.com/a.init.func1.1":                                   "example.com/a",
		"type:.eq.example.com/a.T":                                     "",
		"go:itab.*os.File,io.Reader":                                   "",
		"_cgo_init":                                                    "",
	} {
		assert.Equal(t, want, packageOf(symbol), symbol)
	}
}

func TestModuleOf(t *testing.T) {
	t.Parallel()
	modules := []string{"example.com/signed-promote", "example.com/lib/v2", "example.com/lib"}
	for pkg, want := range map[string]string{
		"main":                 "example.com/signed-promote",
		"example.com/lib/v2/x": "example.com/lib/v2",
		"example.com/lib":      "example.com/lib",
		"example.com/library":  Standard,
		"net/http":             Standard,
		"":                     "",
	} {
		assert.Equal(t, want, moduleOf(pkg, modules), pkg)
	}
}
