package docs

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// measured is what is needed of docs/performance.json.
type measured struct {
	Tools []struct{ Name, Version string }
	Cases []struct {
		Name     string
		Attached int
		Runs     []struct {
			Tool       string
			Arrived    int
			LayerBytes int64
		}
	}
}

// TestPeers holds the comparison in the README against what was measured: versions, how much arrives, and whether
// layers pass through the client.
func TestPeers(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "docs", "performance.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("docs/performance.json is not there yet")
	}
	require.NoError(t, err)
	var m measured
	require.NoError(t, json.Unmarshal(content, &m))
	table := peers(t)
	for _, tool := range m.Tools[:5] {
		column := table.column(t, tool.Name)
		if tool.Name != "signed-promote" {
			assert.Contains(t, table.head[column], " "+strings.TrimPrefix(tool.Version, "v")+",")
		}
		for _, c := range m.Cases {
			for _, run := range c.Runs {
				switch {
				case run.Tool != tool.Name:
				case c.Name == "rich":
					assert.Equal(t, 8, c.Attached)
					assert.Equal(t, strconv.Itoa(run.Arrived), table.cell(t, "of 8 attached", column), tool.Name)
				case c.Name == "single, .sig: mount refused":
					assert.Equal(t, run.LayerBytes > 0, table.cell(t, "layers through", column) == "yes", tool.Name)
				}
			}
		}
	}
}

// comparison is the table of the README.
type comparison struct {
	head []string
	rows [][]string
}

func peers(t *testing.T) comparison {
	t.Helper()
	_, section, found := strings.Cut(pages(t)[0].text, "\n### Beside other tools\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n### ")
	var c comparison
	for _, m := range regexp.MustCompile(`(?m)^\| .*\|$`).FindAllString(section, -1) {
		cells := strings.Split(strings.Trim(m, "|"), "|")
		for n := range cells {
			cells[n] = strings.TrimSpace(cells[n])
		}
		c.rows = append(c.rows, cells)
	}
	require.Greater(t, len(c.rows), 3)
	c.head, c.rows = c.rows[0], c.rows[1:]
	return c
}

func (c comparison) column(t *testing.T, tool string) int {
	t.Helper()
	for n, head := range c.head {
		if strings.HasPrefix(strings.TrimPrefix(head, "["), tool) {
			return n
		}
	}
	require.Fail(t, "no column", tool)
	return 0
}

// cell returns the first word of a cell.
func (c comparison) cell(t *testing.T, row string, column int) string {
	t.Helper()
	for _, r := range c.rows {
		if strings.HasPrefix(r[0], row) {
			word, _, _ := strings.Cut(r[column], ",")
			return word
		}
	}
	require.Fail(t, "no row", row)
	return ""
}
