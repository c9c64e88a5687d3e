package artifactory_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// Facts 1.2: three forms of a success.
func TestPromoteBody(t *testing.T) {
	t.Parallel()
	s := start(t)
	putImage(s, "dev", "app", "1", "layer")
	body := func(form func(*artifactory.Knobs)) string {
		s.SetKnobs(form)
		r := admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","copy":true`), jsonType)
		require.Equal(t, 200, r.status)
		return r.body
	}
	assert.Empty(t, body(func(k *artifactory.Knobs) { k.PromoteBody = artifactory.PromoteEmpty }))
	assert.True(t, json.Valid([]byte(body(func(k *artifactory.Knobs) { k.PromoteBody = artifactory.PromoteJSON }))))
	assert.False(t, json.Valid([]byte(body(func(k *artifactory.Knobs) { k.PromoteBody = artifactory.PromoteText }))))
}

// Facts 1.3: a tag of an oci or federated repository may be refused; the whole image is not.
func TestPromoteRefusesOCI(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithRepository(artifactory.Repository{Key: "fed", Class: "federated"}),
		artifactory.WithKnobs(func(k *artifactory.Knobs) { k.PromoteRefusesOCI = true }))
	putImage(s, "fed", "app", "1", "layer")
	assert.Equal(t, 400, admin(t, s).do("POST", "api/docker/fed/v2/promote", promotion(`"tag":"1","copy":true`), jsonType).status)
	assert.Equal(t, 200, admin(t, s).do("POST", "api/docker/fed/v2/promote", promotion(`"copy":true`), jsonType).status)
}

// Facts 3: whether a promotion takes referrers along is unknown.
func TestPromoteCarriesReferrers(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.PromoteCarriesReferrers = true }))
	image, _ := putImage(s, "dev", "app", "1", "layer")
	c := admin(t, s)
	_, referrer := attachTo(c, image, "a/b")
	_, nested := attachTo(c, referrer, "a/nested")
	require.Equal(t, 200, c.do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1"`), jsonType).status)
	for _, subject := range []string{image, referrer} {
		found, _ := c.referrers("/v2/prod/app/referrers/" + subject)
		assert.Len(t, found, 1)
	}
	assert.Contains(t, s.Snapshot(), "prod/app/"+nested+"/manifest.json")
	assert.NotContains(t, s.Snapshot(), "dev/app/"+nested+"/manifest.json", "a move takes them away")
}

// Facts 1.5: a version that moves children which another index still lists.
func TestPromoteMovesSharedChildren(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.PromoteMovesSharedChildren = true }))
	raw, _ := imageManifest(s, "dev", "app", "shared")
	child := s.PutManifest("dev", "app", digestOf(raw), "application/vnd.oci.image.manifest.v1+json", raw)
	putIndex(s, "dev", "app", "1", child)
	putIndex(s, "dev", "app", "2", child, child)
	require.Equal(t, 200, admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1"`), jsonType).status)
	assert.NotContains(t, s.Snapshot(), "dev/app/"+child+"/manifest.json")
}

// Facts 2.5: the server's own index file lies among the tags.
func TestReferrersFile(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersFile = true }))
	image, _ := putImage(s, "dev", "app", "1", "layer")
	c := admin(t, s)
	attachTo(c, image, "a/1")
	attachTo(c, image, "a/2")
	var known map[string][]string
	require.NoError(t, json.Unmarshal([]byte(c.do("GET", "dev/app/referrers.json", "").body), &known))
	assert.Len(t, known[image], 2)
	assert.Equal(t, []any{"1"}, c.do("GET", api+"app/tags/list", "").json(t)["tags"])
}

// Facts 7.5: whether fallback tags are listed is unknown.
func TestTagsHideFallback(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.TagsHideFallback = true }))
	image, _ := putImage(s, "dev", "app", "1", "layer")
	fallback := "sha256-" + hexOf(image)
	putIndex(s, "dev", "app", fallback)
	putImage(s, "dev", "app", fallback+".sig", "signature")
	tags := admin(t, s).do("GET", api+"app/tags/list", "").json(t)["tags"]
	assert.ElementsMatch(t, []any{"1", fallback + ".sig"}, tags)
}

// No document fixes the order of lists.
func TestKnobOrderReverse(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) {
		k.TagsOrder, k.ReferrersOrder = artifactory.Reverse,
			artifactory.Reverse
	}))
	image, _ := putImage(s, "dev", "app", "1", "layer")
	putImage(s, "dev", "app", "2", "layer")
	c := admin(t, s)
	assert.Equal(t, []any{"2", "1"}, c.do("GET", api+"app/tags/list", "").json(t)["tags"])
	_, one := attachTo(c, image, "a/1")
	_, two := attachTo(c, image, "a/2")
	var got []string
	for _, m := range c.do("GET", api+"app/referrers/"+image, "").json(t)["manifests"].([]any) {
		got = append(got, m.(map[string]any)["digest"].(string))
	}
	want := []string{one, two}
	slices.Sort(want)
	slices.Reverse(want)
	assert.Equal(t, want, got)
}

// Facts 6.3: the opposite of what the server does shows what a client relies on.
func TestAQLFilterBeforeLimit(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithUser(artifactory.User{
		Name: "u", Password: "p",
		Grants: []artifactory.Grant{{Repo: "prod", Read: true}},
	}))
	s.PutFile("dev", "f", []byte("x"), nil)
	s.PutFile("prod", "f", []byte("x"), nil)
	u := as(t, s, "u", "p")
	query := `items.find({"name":"f"}).sort({"$asc":["repo"]}).limit(1)`
	assert.Empty(t, u.names(query))
	s.SetKnobs(func(k *artifactory.Knobs) { k.AQLFilterBeforeLimit = true })
	assert.Len(t, u.names(query), 1)
}
