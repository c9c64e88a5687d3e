package aql_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory/aql"
)

func TestResultJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ query, want string }{
		"default fields": {
			`items.find({"path":"app/1_0"})`,
			`{"results":[{"repo":"dev","path":"app/1_0","name":"manifest.json","type":"file","size":200,
			  "created":"2026-01-09T12:30:00.250Z","created_by":"ci","modified":"2026-01-02T12:30:00.250Z","modified_by":"release",
			  "updated":"2026-01-03T12:30:00.250Z"}],"range":{"start_pos":0,"end_pos":1,"total":1}}`,
		},
		"nothing": {`items.find({"repo":"x"})`, `{"results":[],"range":{"start_pos":0,"end_pos":0,"total":0}}`},
		"fields replace the default ones": {
			`items.find({"name":"readme"}).include("size","name","sha256","depth").limit(5)`,
			`{"results":[{"name":"readme","size":7,"sha256":"256-readme","depth":3}],"range":{"start_pos":0,"end_pos":1,"total":1,"limit":5}}`,
		},
		"folders have no checksums": {
			`items.find({"type":"folder"}).include("name","type","size","sha256","actual_md5")`,
			`{"results":[{"name":"app","type":"folder","size":0}],"range":{"start_pos":0,"end_pos":1,"total":1}}`,
		},
		"everything of the domain": {
			`items.find({"type":"folder"}).include("*")`,
			`{"results":[{"repo":"dev","path":".","name":"app","type":"folder","size":0,"created":"2026-01-01T12:30:00.250Z",
			  "modified":"2026-01-01T12:30:00.250Z","updated":"2026-01-01T12:30:00.250Z","depth":1}],"range":{"start_pos":0,"end_pos":1,"total":1}}`,
		},
		"properties": {
			`items.find({"path":"app/1.0"}).include("repo","property")`,
			`{"results":[{"repo":"dev","properties":[{"key":"docker.manifest","value":"1.0"},{"key":"team","value":"red"},{"key":"team","value":"blue"}]},
			  {"repo":"prod"}],"range":{"start_pos":0,"end_pos":2,"total":2}}`,
		},
		"one key: items without it are gone": {
			`items.find({"path":{"$match":"app/1*"}}).include("repo","@team")`,
			`{"results":[{"repo":"dev","properties":[{"key":"team","value":"red"},{"key":"team","value":"blue"}]}],"range":{"start_pos":0,"end_pos":1,"total":1}}`,
		},
		"keys only": {
			`items.find({"path":"app/1_0"}).include("repo","property.key")`,
			`{"results":[{"repo":"dev","properties":[{"key":"docker.manifest"}]}],"range":{"start_pos":0,"end_pos":1,"total":1}}`,
		},
		"values only": {
			`items.find({"path":"app/1_0"}).include("repo","property.value")`,
			`{"results":[{"repo":"dev","properties":[{"value":"1_0"}]}],"range":{"start_pos":0,"end_pos":1,"total":1}}`,
		},
		"limit counts properties, and cuts them": {
			`items.find({"repo":"dev","path":"app/1.0"}).include("repo","property").limit(2)`,
			`{"results":[{"repo":"dev","properties":[{"key":"docker.manifest","value":"1.0"},{"key":"team","value":"red"}]}],
			  "range":{"start_pos":0,"end_pos":1,"total":1,"limit":2}}`,
		},
		"the range of a later page": {
			`items.find().include("size").sort({"$asc":["size"]}).offset(2).limit(5)`,
			`{"results":[{"size":200},{"size":300}],"range":{"start_pos":2,"end_pos":2,"total":2,"limit":5}}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.JSONEq(t, tt.want, toJSON(t, run(t, tt.query, aql.Options{})))
		})
	}
}

func TestDefaultFieldsStayWithProperties(t *testing.T) {
	t.Parallel()
	body := toJSON(t, run(t, `items.find({"path":"app/1_0"}).include("property")`, aql.Options{}))
	assert.Contains(t, body, `"modified_by":"release"`)
	assert.Contains(t, body, `"properties":[{"key":"docker.manifest","value":"1_0"}]`)
}

func TestSortHasNoEffectWithProperties(t *testing.T) {
	t.Parallel()
	query := `items.find({"repo":"dev"}).include("repo","path","name","property").sort({"$desc":["path"]})`
	assert.Equal(t, []string{dev10, dev1x0, devSig}, found(run(t, query, aql.Options{})))
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	sizes := func(clauses string) int {
		return len(run(t, `items.find().include("size")`+clauses, aql.Options{}).Rows)
	}
	assert.Equal(t, 4, sizes(``), "two files share a size")
	assert.Equal(t, 4, sizes(`.distinct(true)`))
	assert.Equal(t, 5, sizes(`.distinct(false)`))
	assert.Equal(t, 5, len(run(t, `items.find().include("size","repo","path","name")`, aql.Options{}).Rows))
}

func TestUnreadableRowsVanishAfterTheLimit(t *testing.T) {
	t.Parallel()
	query := `items.find().sort({"$asc":["repo","path"]}).limit(3)`
	prodOnly := func(i aql.Item) bool { return i.Repo == "prod" }
	assert.Empty(t, found(run(t, query, aql.Options{MayRead: prodOnly})), "all of the page was hidden, yet there is more")
	assert.Equal(t, []string{prodRead, prod10}, found(run(t, query, aql.Options{
		MayRead:           prodOnly,
		FilterBeforeLimit: true,
	})))
}

func TestHardLimit(t *testing.T) {
	t.Parallel()
	trimmed := run(t, `items.find({"repo":"dev"})`, aql.Options{HardLimit: 2})
	assert.Len(t, trimmed.Rows, 2)
	assert.Equal(t, int64(2), trimmed.Range.Total)
	assert.Contains(t, toJSON(t, trimmed), `"notification":"AQL query reached the search hard limit, results are trimmed."`)
	assert.Empty(t, run(t, `items.find({"repo":"dev"})`, aql.Options{HardLimit: 3}).Range.Notification)
}

func TestRunReadsItemsOnceAndCanRunAgain(t *testing.T) {
	t.Parallel()
	q := parse(t, `items.find({"repo":"prod"})`)
	for range 2 {
		passes, items := 0, storage()
		result := q.Run(func(yield func(aql.Item) bool) {
			passes++
			slices.Values(items)(yield)
		}, aql.Options{})
		assert.Equal(t, 1, passes)
		assert.Equal(t, []string{prod10, prodRead}, found(result))
	}
}
