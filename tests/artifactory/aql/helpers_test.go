package aql_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory/aql"
)

// day returns a date in January 2026.
func day(n int) time.Time { return time.Date(2026, time.January, n, 12, 30, 0, 250_000_000, time.UTC) }

func file(repo, path, name string, size int64) aql.Item {
	return aql.Item{
		Repo: repo, Path: path, Name: name, Type: aql.TypeFile, Size: size, SHA256: "256-" + name, SHA1: "1-" + name, MD5: "5-" + name,
		Created: day(1), Modified: day(2), Updated: day(3), CreatedBy: "ci", ModifiedBy: "release", Depth: 3,
	}
}

func folder(repo, path, name string) aql.Item {
	return aql.Item{
		Repo: repo, Path: path, Name: name, Type: aql.TypeFolder, Created: day(1), Modified: day(1),
		Updated: day(1), Depth: 1,
	}
}

// storage is what most tests ask: two repositories with an image each.
func storage() []aql.Item {
	signed := file("dev", "app/1.0", "manifest.json", 100)
	signed.Properties = map[string][]string{"docker.manifest": {"1.0"}, "team": {"red", "blue"}}
	other := file("dev", "app/1_0", "manifest.json", 200)
	other.Properties = map[string][]string{"docker.manifest": {"1_0"}}
	other.Created = day(9)
	return []aql.Item{
		folder("dev", ".", "app"),
		signed,
		other,
		file("dev", "app/sha256-abc.sig", "manifest.json", 300),
		file("prod", "app/1.0", "manifest.json", 100),
		file("prod", ".", "readme", 7),
	}
}

func parse(t *testing.T, query string) *aql.Query {
	t.Helper()
	q, err := aql.Parse(query)
	require.NoError(t, err, query)
	return q
}

func run(t *testing.T, query string, o aql.Options) aql.Result {
	t.Helper()
	return parse(t, query).Run(slices.Values(storage()), o)
}

// found lists the full paths of an answer in its order.
func found(r aql.Result) []string {
	paths := []string{}
	for _, row := range r.Rows {
		item := row.Item()
		paths = append(paths, item.Repo+"/"+item.Path+"/"+item.Name)
	}
	return paths
}

func find(t *testing.T, criteria string) []string {
	t.Helper()
	return found(run(t, "items.find("+criteria+")", aql.Options{}))
}

func toJSON(t *testing.T, r aql.Result) string {
	t.Helper()
	body, err := json.Marshal(r)
	require.NoError(t, err)
	return string(body)
}
