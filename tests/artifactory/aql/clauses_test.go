package aql_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory/aql"
)

func TestPaging(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		clauses string
		want    []string
	}{
		"ascending":             {`.sort({"$asc":["repo","path","name"]})`, []string{dev10, dev1x0, devSig, prodRead, prod10}},
		"descending":            {`.sort({"$desc":["size","repo"]}).limit(3)`, []string{devSig, dev1x0, prod10}},
		"by date":               {`.sort({"$desc":["created"]}).limit(1)`, []string{dev1x0}},
		"offset":                {`.sort({"$asc":["size"]}).offset(3)`, []string{dev1x0, devSig}},
		"offset and limit":      {`.sort({"$asc":["size","repo"]}).offset(1).limit(2)`, []string{dev10, prod10}},
		"offset beyond the end": {`.offset(9223372036854775807).limit(9223372036854775807)`, []string{}},
		"all clauses":           {`.include("repo","path","name").sort({"$asc":["name","repo"]}).offset(0).transitive().limit(1).distinct(false)`, []string{dev10}},
		"white space": {
			" . include ( \"repo\" , \"size\" )\n.sort( { \"$asc\" : [ \"size\" ] } ) .limit( 1 ) ",
			[]string{prodRead},
		},
		"limit above all":          {`.sort({"$asc":["size"]}).limit(100).distinct(true)`, []string{prodRead, dev10, prod10, dev1x0, devSig}},
		"sort by what is included": {`.include("size").sort({"$asc":["size"]}).limit(1)`, []string{prodRead}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, found(run(t, "items.find()"+tt.clauses, aql.Options{})))
		})
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"$or":[`, 100) + `{"repo":"a"}` + strings.Repeat(`]}`, 100)
	tests := map[string]struct{ query, reason string }{
		"blank":                     {"  ", `"items" expected`},
		"other domain":              {`builds.find({"name":"x"})`, `"items" expected`},
		"no find":                   {`items.search()`, `"find" expected`},
		"not closed":                {`items.find({"repo":"a"}`, `or ")" expected`},
		"empty braces":              {`items.find({})`, `a criterion expected`},
		"empty function":            {`items.find({"$or":[]})`, `a criterion expected`},
		"bare word":                 {`items.find({repo:"a"})`, `double quotes`},
		"open string":               {`items.find({"repo":"a`, `without end`},
		"open string after escape":  {`items.find({"repo":"a\`, `without end`},
		"bad escape":                {`items.find({"repo":"\q"})`, `bad string`},
		"no colon":                  {`items.find({"repo" "a"})`, `":" expected`},
		"trailing comma":            {`items.find({"repo":"a",})`, `double quotes`},
		"no value":                  {`items.find({"repo":})`, `a number expected`},
		"null":                      {`items.find({"repo":null})`, `a number expected`},
		"unknown field":             {`items.find({"sha512":"a"})`, `unknown field "sha512"`},
		"no key":                    {`items.find({"@":"a"})`, `property key expected`},
		"unknown operator":          {`items.find({"repo":{"$like":"a"}})`, `unknown operator "$like"`},
		"two operators":             {`items.find({"size":{"$gt":1,"$lt":3}})`, `"}" expected`},
		"unknown function":          {`items.find({"$nor":[{"repo":"a"}]})`, `unknown function "$nor"`},
		"function without list":     {`items.find({"$or":{"repo":"a"}})`, `"[" expected`},
		"nesting":                   {`items.find(` + deep + `)`, `nested`},
		"size is no number":         {`items.find({"size":"big"})`, `"big" is not a number`},
		"match on a number":         {`items.find({"size":{"$match":"1*"}})`, `does not apply to "size"`},
		"bad date":                  {`items.find({"created":{"$gt":"yesterday"}})`, `not a date`},
		"bad type":                  {`items.find({"type":"link"})`, `not a type`},
		"type compared":             {`items.find({"type":{"$gt":"file"}})`, `does not apply to "type"`},
		"match on a date":           {`items.find({"created":{"$nmatch":"2*"}})`, `does not apply to "created"`},
		"empty include":             {`items.find().include()`, `a field expected`},
		"unknown include":           {`items.find().include("repo3")`, `unknown field "repo3"`},
		"include of an empty key":   {`items.find().include("@")`, `unknown field "@"`},
		"sort by unknown":           {`items.find().sort({"$asc":["x"]})`, `unknown field "x"`},
		"sort by nothing":           {`items.find().sort({"$asc":[]})`, `a field expected`},
		"sort direction":            {`items.find().sort({"$up":["repo"]})`, `"$asc" or "$desc"`},
		"sort by what is not shown": {`items.find().include("repo").sort({"$asc":["name"]})`, `only the result fields`},
		"sort twice by one field":   {`items.find().sort({"$asc":["repo","repo"]})`, `twice`},
		"limit 0":                   {`items.find().limit(0)`, `must be positive`},
		"negative limit":            {`items.find().limit(-1)`, `a number expected`},
		"huge limit":                {`items.find().limit(9223372036854775808)`, `too large`},
		"distinct":                  {`items.find().distinct(maybe)`, `true or false`},
		"order: limit, then sort":   {`items.find().limit(1).sort({"$asc":["repo"]})`, `clauses stand in the order`},
		"order: sort, then include": {`items.find().sort({"$asc":["repo"]}).include("repo")`, `clauses stand in the order`},
		"order: limit, then offset": {`items.find().limit(1).offset(1)`, `clauses stand in the order`},
		"twice":                     {`items.find().limit(1).limit(2)`, `each once`},
		"unknown clause":            {`items.find().offser(45)`, `unexpected ".offser(45)"`},
		"no dot":                    {`items.find().offset(45)limit(10)`, `unexpected "limit(10)"`},
		"text after the query":      {`items.find() and more text than anybody wants to read`, `unexpected "and more text than a…"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := aql.Parse(tt.query)
			var syntax *aql.SyntaxError
			if assert.ErrorAs(t, err, &syntax) {
				assert.Contains(t, syntax.Error(), tt.reason)
				assert.LessOrEqual(t, syntax.Offset, len(tt.query))
			}
		})
	}
}

func TestMissingRequired(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		`items.find()`:                                     false,
		`items.find().include("*")`:                        false,
		`items.find().include("property")`:                 false,
		`items.find().include("@team")`:                    false,
		`items.find().include("name","repo","path")`:       false,
		`items.find().include("repo","path")`:              true,
		`items.find().include("sha256")`:                   true,
		`items.find().include("path","name","property.*")`: true,
	}
	for query, want := range tests {
		assert.Equal(t, want, parse(t, query).MissingRequired(), query)
	}
}

func TestQueryTellsWhatItAsks(t *testing.T) {
	t.Parallel()
	plain := parse(t, `items.find()`)
	assert.Zero(t, plain.Limit())
	assert.False(t, plain.HasSort())
	assert.False(t, plain.ShowsProperties())
	rich := parse(t, `items.find().include("repo","@team").sort({"$asc":["repo"]}).limit(5)`)
	assert.Equal(t, int64(5), rich.Limit())
	assert.True(t, rich.HasSort())
	assert.True(t, rich.ShowsProperties())
}

// FuzzParse: no text may crash the parser or the evaluation, and every refusal is a SyntaxError within the text.
func FuzzParse(f *testing.F) {
	f.Add(`items.find({"repo":"a","$or":[{"@k":{"$match":"x*?"}},{"size":{"$gt":1}}]}).include("*","property").sort({"$asc":["size"]}).offset(1).limit(2)`)
	f.Add(`items.find({"created":{"$lt":"2026-01-02"},"type":"any"}).include("@team","repo").distinct(false)`)
	f.Add(`items.find().include("type").transitive().limit(9)`)
	f.Fuzz(func(t *testing.T, query string) {
		q, err := aql.Parse(query)
		if err != nil {
			var syntax *aql.SyntaxError
			if !assert.ErrorAs(t, err, &syntax) {
				return
			}
			assert.True(t, 0 <= syntax.Offset && syntax.Offset <= len(query))
			return
		}
		result := q.Run(slices.Values(storage()), aql.Options{HardLimit: 3})
		assert.LessOrEqual(t, len(result.Rows), 3)
		toJSON(t, result)
	})
}
