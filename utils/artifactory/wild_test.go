package artifactory_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/artifactory"
)

// answering returns a client of a server that answers every search with these rows.
func answering(t *testing.T, rows string) *artifactory.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"results":[%s],"range":{"start_pos":0,"end_pos":1,"total":1}}`, rows)
	}))
	t.Cleanup(s.Close)
	base, err := url.Parse(s.URL + "/artifactory/")
	require.NoError(t, err)
	return artifactory.New(base, s.Client())
}

// A row becomes part of addresses that are read, copied and deleted: one that leads elsewhere ends the search.
func TestRowsThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]string{
		"a way up":          `{"repo":"dev","path":"team/../../prod/app/1.0","name":"manifest.json"}`,
		"a way up at last":  `{"repo":"dev","path":"team/..","name":"manifest.json"}`,
		"from the root":     `{"repo":"dev","path":"/prod/app","name":"manifest.json"}`,
		"nothing between":   `{"repo":"dev","path":"team//app","name":"manifest.json"}`,
		"a folder's end":    `{"repo":"dev","path":"team/app/","name":"manifest.json"}`,
		"a path for a name": `{"repo":"dev","path":"team/app","name":"../manifest.json"}`,
		"a path for a repo": `{"repo":"dev/../prod","path":"app/1.0","name":"manifest.json"}`,
		"an escape":         `{"repo":"dev","path":"team/\u001b[2J","name":"manifest.json"}`,
		"a line":            `{"repo":"dev","path":"team/app\n","name":"manifest.json"}`,
	} {
		rows, err := collect(answering(t, row).Search(t.Context(), artifactory.Query{Where: in("dev")}))
		require.ErrorContains(t, err, "names a file that cannot be", name)
		assert.Empty(t, rows, name)
		assert.NotContains(t, err.Error(), "\x1b", name)
		assert.NotContains(t, err.Error(), "\n", name)
	}
	rows, err := collect(answering(t, `{"repo":"dev","path":"a..b/.hidden/%2e%2e","name":"..."}`).Search(t.Context(), artifactory.Query{Where: in("dev")}))
	require.NoError(t, err, "names with dots and percent signs are names")
	assert.Len(t, rows, 1)
}

// A search in one repository that is answered with files of another must not lead to changes there.
func TestRowsOfAnotherRepository(t *testing.T) {
	t.Parallel()
	for _, err := range answering(t, `{"repo":"prod","path":"app/1.0","name":"manifest.json"}`).ManifestFiles(t.Context(), "dev") {
		assert.ErrorContains(t, err, "the search in dev was answered with prod/app/1.0/manifest.json")
	}
}

// Not parallel: another test of this package measures the memory.
func TestARowThatFillsTheMemory(t *testing.T) {
	row := func(size int) string {
		return `{"repo":"dev","path":"app/1.0","name":"manifest.json","x":"` + strings.Repeat("x", size) + `"}`
	}
	_, err := collect(answering(t, row(17<<20)).Search(t.Context(), artifactory.Query{Where: in("dev")}))
	require.ErrorContains(t, err, "more than 16 MiB")
	rows, err := collect(answering(t, strings.Repeat(row(1<<20)+",", 20)+row(1)).Search(t.Context(),
		artifactory.Query{Where: in("dev")}))
	require.NoError(t, err, "many rows may be larger together")
	assert.Len(t, rows, 21)
}
