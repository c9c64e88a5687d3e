package main

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/supply"
)

// The binary of this test is one of the module with most of its libraries: its bill must name each, twice with the same
// bytes.
func TestDescribe(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	info, err := buildinfo.ReadFile(self)
	require.NoError(t, err)
	if len(info.Deps) == 0 {
		t.Skip("go test writes no modules into its binaries here")
	}
	r := release{version: "v1.2.3", licences: map[string]supply.Licence{}}
	for _, m := range info.Deps {
		r.licences[m.Path] = supply.Licence{IDs: []string{"MIT", supply.PublicDomain}}
	}
	var bills [2][]byte
	for n := range bills {
		file := filepath.Join(t.TempDir(), "bill.json")
		require.NoError(t, r.describe(supply.Platform{OS: "linux", Arch: "amd64"}, self, file))
		bills[n], err = os.ReadFile(file)
		require.NoError(t, err)
	}
	assert.Equal(t, bills[0], bills[1])
	var bom cdx.BOM
	require.NoError(t, json.Unmarshal(bills[0], &bom))
	assert.Len(t, *bom.Components, len(info.Deps)+1, "and Go itself")
	assert.Equal(t, "v1.2.3", bom.Metadata.Component.Version)

	delete(r.licences, info.Deps[0].Path)
	err = r.describe(supply.Platform{}, self, filepath.Join(t.TempDir(), "bill.json"))
	assert.ErrorContains(t, err, "was not listed")
}

func TestVersion(t *testing.T) {
	t.Parallel()
	version, err := versionOf("../..")
	require.NoError(t, err)
	assert.Regexp(t, `^v[0-9]+\.[0-9]+\.[0-9]+$`, version)
	_, err = versionOf(".")
	assert.ErrorContains(t, err, "has no version")
}

func TestSums(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a"), []byte("hello\n"), 0o600))
	require.NoError(t, sums(folder))
	text, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	require.NoError(t, err)
	assert.Equal(t, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  a\n", string(text))
}
