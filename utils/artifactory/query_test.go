package artifactory_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/tests/artifactory/aql"
	"github.com/signed-promote/signed-promote/utils/artifactory"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	repo := artifactory.Where(artifactory.Repo, artifactory.Equal, "dev")
	tests := map[string]struct {
		query artifactory.Query
		want  string
	}{
		"nothing asked": {artifactory.Query{}, `items.find().include("repo","path","name")`},
		"one condition": {artifactory.Query{Where: repo}, `items.find({"repo":{"$eq":"dev"}}).include("repo","path","name")`},
		"conditions within conditions": {
			artifactory.Query{Where: artifactory.All(repo, artifactory.Any(
				artifactory.Where(artifactory.Path, artifactory.Match, "app/*"),
				artifactory.Where(artifactory.Property("team"), artifactory.NotEqual, "blue"),
			))},
			`items.find({"$and":[{"repo":{"$eq":"dev"}},{"$or":[{"path":{"$match":"app/*"}},{"@team":{"$ne":"blue"}}]}]}).include("repo","path","name")`,
		},
		"conditions that are none": {
			artifactory.Query{Where: artifactory.All(artifactory.Criterion{}, artifactory.Any(), repo)},
			`items.find({"repo":{"$eq":"dev"}}).include("repo","path","name")`,
		},
		"one of": {
			artifactory.Query{Where: artifactory.OneOf(artifactory.SHA256, "a", "b")},
			`items.find({"$or":[{"sha256":{"$eq":"a"}},{"sha256":{"$eq":"b"}}]}).include("repo","path","name")`,
		},
		"every clause": {
			artifactory.Query{
				Fields: []artifactory.Field{artifactory.SHA256, artifactory.Name}, Sort: []artifactory.Field{
					artifactory.Path,
					artifactory.Size,
				},
				Descending: true, Offset: 2, Limit: 1,
			},
			`items.find().include("repo","path","name","sha256","size").sort({"$desc":["path","size"]}).offset(2).limit(1)`,
		},
		"properties": {
			artifactory.Query{Properties: []string{"team", "build.name"}},
			`items.find().include("repo","path","name","@team","@build.name")`,
		},
		"all properties": {
			artifactory.Query{Properties: []string{artifactory.AllProperties}},
			`items.find().include("repo","path","name","property")`,
		},
		"marks in values": {
			artifactory.Query{Where: artifactory.Where(artifactory.Name, artifactory.Equal, `"}).include("*") <&> \ `+"\n")},
			`items.find({"name":{"$eq":"\"}).include(\"*\") <&> \\ \n"}}).include("repo","path","name")`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.query.AQL()
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
			parsed, err := aql.Parse(got)
			require.NoError(t, err)
			assert.False(t, parsed.MissingRequired(), "what a user who is no admin must ask for")
		})
	}
}

func TestQueriesThatCannotBe(t *testing.T) {
	t.Parallel()
	properties := []string{"team"}
	for name, q := range map[string]artifactory.Query{
		"properties with a limit": {Properties: properties, Limit: 1},
		"properties with offset":  {Properties: properties, Offset: 1},
		"properties sorted":       {Properties: properties, Sort: []artifactory.Field{artifactory.Name}},
		"negative limit":          {Limit: -1},
		"negative offset":         {Offset: -1},
	} {
		_, err := q.AQL()
		require.Error(t, err, name)
	}
	digests := func(n int) artifactory.Query {
		values := make([]string, n)
		for i := range values {
			values[i] = strings.Repeat("0", 64)
		}
		return artifactory.Query{Where: artifactory.OneOf(artifactory.SHA256, values...)}
	}
	text, err := digests(60).AQL()
	require.NoError(t, err, "60 digests fit")
	assert.LessOrEqual(t, len(text), artifactory.MaxQuery)
	var long *artifactory.QueryTooLongError
	_, err = digests(61 + 10).AQL()
	require.ErrorAs(t, err, &long)
	assert.Greater(t, long.Length, artifactory.MaxQuery)
}

// Whatever a value holds, the query can be read and asks for that value.
func TestValuesStayInTheirQuotes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		text, err := artifactory.Query{Where: artifactory.Where(artifactory.Name, artifactory.Equal, value)}.AQL()
		require.NoError(t, err)
		parsed, err := aql.Parse(text)
		require.NoError(t, err)
		items := func(yield func(aql.Item) bool) {
			_ = yield(aql.Item{Repo: "r", Name: value, Type: aql.TypeFile}) && yield(aql.Item{
				Repo: "r", Name: value + "x",
				Type: aql.TypeFile,
			})
		}
		assert.Len(t, parsed.Run(items, aql.Options{}).Rows, 1)
	})
}
