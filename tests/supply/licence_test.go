package supply

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module makes a module of some files.
func module(t *testing.T, files map[string]string) Module {
	t.Helper()
	m := Module{Path: "example.com/m", Version: "v1.0.0", Dir: t.TempDir()}
	m.Packages = []string{filepath.Join(m.Dir, "inner", "deep")}
	for name, content := range files {
		path := filepath.Join(m.Dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	require.NoError(t, os.MkdirAll(m.Packages[0], 0o700))
	return m
}

const isc = `Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`

func TestLicenceOf(t *testing.T) {
	t.Parallel()
	apache, err := os.ReadFile("../../LICENSE")
	require.NoError(t, err)
	l, err := LicenceOf(module(t, map[string]string{
		"LICENSE.md": string(apache), "NOTICE": "by us", "licence.go": "package m", "LICENSE.docs": "for the pages", "inner/COPYING": isc, "other/LICENSE": "secret",
	}))
	require.NoError(t, err)
	assert.Equal(t, []string{"Apache-2.0", "ISC"}, l.IDs, "at the top and beside what is compiled in")
	assert.Equal(t, []string{"LICENSE.md", "NOTICE", "inner/COPYING"}, l.Files)
	assert.Empty(t, l.Refused())

	_, err = LicenceOf(module(t, map[string]string{"README": "free"}))
	assert.ErrorContains(t, err, "has no licence")
	_, err = LicenceOf(module(t, map[string]string{"LICENSE": "All rights reserved. You may look."}))
	assert.ErrorContains(t, err, "look at it")
	assert.Equal(t, []string{"AGPL-3.0"}, Licence{IDs: []string{"AGPL-3.0", "MIT"}}.Refused())
}

func TestParsePlatforms(t *testing.T) {
	t.Parallel()
	all, err := ParsePlatforms(" linux/arm64  windows/amd64 ")
	require.NoError(t, err)
	assert.Equal(t, []Platform{{"linux", "arm64"}, {"windows", "amd64"}}, all)
	for _, bad := range []string{"", "linux"} {
		_, err := ParsePlatforms(bad)
		assert.Error(t, err, bad)
	}
}
