package page

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
)

func docs(name string) string { return filepath.Join("..", "..", "..", "..", "docs", name) }

func committed(t *testing.T) record.Report {
	t.Helper()
	r, err := record.Read(docs("performance.json"))
	require.NoError(t, err)
	require.NotEmpty(t, r.Cases)
	return r
}

// TestThePageAgreesWithTheRecord: nobody edits a figure by hand, and nobody forgets the page.
func TestThePageAgreesWithTheRecord(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(docs("performance.md"))
	require.NoError(t, err)
	filled, err := Fill(string(text), committed(t))
	require.NoError(t, err)
	assert.Equal(t, filled, string(text), "run 'make performance'")
}

// TestThePictureAgreesWithTheRecord: above each bar stands its figure, in the order of tools and cases.
func TestThePictureAgreesWithTheRecord(t *testing.T) {
	t.Parallel()
	r := committed(t)
	shown := texts(t, docs("performance.svg"))
	for _, figure := range []func(record.Run) float64{
		func(run record.Run) float64 { return float64(run.Requests) },
		func(run record.Run) float64 { return run.WallMS },
	} {
		rest := shown
		for _, label := range labels(r, figure) {
			i := slices.Index(rest, label)
			require.GreaterOrEqual(t, i, 0, "no %s where it should stand: run 'make plot'", label)
			rest = rest[i+1:]
		}
	}
}

// labels are those of the first promotions.
func labels(r record.Report, figure func(record.Run) float64) (all []string) {
	for i := range r.Cases[0].Runs {
		for _, c := range r.Cases {
			if !strings.Contains(c.Name, ":") {
				all = append(all, fmt.Sprintf("%.0f", figure(c.Runs[i])))
			}
		}
	}
	return all
}

// texts returns all that can be read in a picture.
func texts(t *testing.T, path string) (all []string) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	for d := xml.NewDecoder(file); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			all = append(all, strings.TrimSpace(string(text)))
		}
	}
}

func TestAPageWithoutAPlaceIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Fill("<!-- measured: conditions -->\n<!-- end -->", record.Report{})
	assert.ErrorContains(t, err, `no place for "tools"`)
}

func TestWhatGotLostIsMarked(t *testing.T) {
	t.Parallel()
	r := record.Report{
		Tools: []record.Tool{{Name: "a"}, {Name: "b"}, {Name: "c", Skipped: "not installed"}},
		Cases: []record.Case{{Name: "one", Attached: 2, Runs: []record.Run{
			{Tool: "a", Image: true, Arrived: 2, Requests: 7, Depth: 3}, {
				Tool: "b", Image: true, Arrived: 1, Failed: true,
				Requests: 5, Depth: 5,
			},
		}}},
	}
	assert.Contains(t, arrived(r), "| 2 of 2 | 1 of 2 ✗ (error) |")
	assert.Contains(t, requests(r), "| 7 / 3 | 5 / 5 ✗ |")
	assert.Contains(t, tools(r), "skipped, not installed")
}
