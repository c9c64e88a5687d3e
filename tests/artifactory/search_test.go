package artifactory_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const aqlPath = "api/search/aql"

// names runs a query and returns "repo/path/name" of the rows.
func (c client) names(query string) []string {
	c.t.Helper()
	r := c.do("POST", aqlPath, query, "Content-Type: text/plain")
	require.Equal(c.t, 200, r.status, r.body)
	var out []string
	for _, row := range r.json(c.t)["results"].([]any) {
		m := row.(map[string]any)
		out = append(out, m["repo"].(string)+"/"+m["path"].(string)+"/"+m["name"].(string))
	}
	return out
}

// Facts 6.1 to 6.3, 6.5: the evaluator over the same tree.
func TestAQL(t *testing.T) {
	t.Parallel()
	s := start(t,
		artifactory.WithRepository(artifactory.Repository{
			Key: "virtual", Class: "virtual",
			Members: []string{"dev", "prod"},
		}),
		artifactory.WithUser(artifactory.User{
			Name: "u", Password: "p",
			Grants: []artifactory.Grant{{Repo: "dev", Read: true}},
		}))
	image, _ := putImage(s, "dev", "team/app", "1", "layer")
	putImage(s, "prod", "team/app", "2", "other")
	s.PutFile("dev", "top.txt", []byte("x"), nil)
	c := admin(t, s)
	assert.Equal(t, []string{"dev/team/app/1/manifest.json"}, c.names(`items.find({"sha256":"`+hexOf(image)+`"})`))
	assert.Equal(t, []string{"dev/team/app/1/manifest.json"}, c.names(`items.find({"repo":"dev","@docker.manifest.digest":"`+image+`"})`))
	assert.Equal(t, []string{"dev/./top.txt"}, c.names(`items.find({"repo":"dev","path":"."})`), "6.2: the root is a dot")
	both := `items.find({"repo":"virtual","name":"manifest.json"}).include("repo","path","name")`
	assert.ElementsMatch(t, []string{"dev/team/app/1/manifest.json", "prod/team/app/2/manifest.json"}, c.names(both))
	assert.Equal(t, []string{"dev/team/app/1/manifest.json"}, as(t, s, "u", "p").names(both),
		"6.3: rows without Read vanish")
	assert.Empty(t, c.names(`items.find({"repo":"nope"})`), "6.6: an unknown repository is no error")
	assert.Equal(t, 200, c.do("POST", aqlPath+"?query=items.find()", "").status)
	assert.Equal(t, 200, c.do("POST", aqlPath, `items.find()`).status, "6.1: client-go sends no content type")
	for _, r := range s.Log() {
		assert.False(t, r.Write)
	}
}

// Facts 6.1, 6.3, 6.6, 6.7.
func TestAQLErrors(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithUser(artifactory.User{Name: "u", Password: "p"}),
		artifactory.WithUser(artifactory.User{Name: artifactory.Anonymous}))
	c := admin(t, s)
	assert.Equal(t, 415, c.do("POST", aqlPath, `items.find()`, jsonType).status)
	malformed := c.do("POST", aqlPath, `items.find(`)
	assert.Equal(t, 400, malformed.status)
	assert.Equal(t, "text/plain", malformed.header.Get("Content-Type"))
	assert.Equal(t, 400, c.do("POST", aqlPath, "").status)
	assert.Equal(t, 400, c.do("POST", aqlPath, `items.find({"name":"`+strings.Repeat("x", 6000)+`"})`).status)
	assert.Equal(t, 403, as(t, s, "", "").do("POST", aqlPath, `items.find()`).status)
	assert.Equal(t, 405, c.do("GET", aqlPath, "").status)
	lacking := `items.find().include("name")`
	assert.Equal(t, 400, as(t, s, "u", "p").do("POST", aqlPath, lacking).status)
	assert.Equal(t, 200, c.do("POST", aqlPath, lacking).status)

	s.SetKnobs(func(k *artifactory.Knobs) { k.AQLStatus = 429 })
	assert.Equal(t, 429, c.do("POST", aqlPath, `items.find()`).status)
}

// Facts 6.2, 6.7: trimming, and files that appear late.
func TestAQLKnobs(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := admin(t, s)
	for _, f := range []string{"a", "b", "c"} {
		require.Equal(t, 201, c.do("PUT", "dev/"+f, "x").status)
	}
	s.SetKnobs(func(k *artifactory.Knobs) { k.AQLHardLimit = 2 })
	r := c.do("POST", aqlPath, `items.find({"repo":"dev"})`)
	assert.Contains(t, r.body, `"notification"`)
	assert.Len(t, r.json(t)["results"], 2)

	s.SetKnobs(func(k *artifactory.Knobs) { k.AQLHardLimit, k.AQLDelay = 0, 2 })
	require.Equal(t, 201, c.do("PUT", "dev/d", "x").status)
	find := `items.find({"name":"d"})`
	assert.Empty(t, c.names(find))
	assert.Empty(t, c.names(find))
	assert.Len(t, c.names(find), 1)
}
