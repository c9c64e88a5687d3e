package artifactory_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

func promotion(fields string) string {
	return `{"targetRepo":"prod","dockerRepository":"app",` + fields + `}`
}

// Facts 1.1: it moves unless copy says otherwise, "" is as good as absent, and a string is a boolean.
func TestPromoteMovesByDefault(t *testing.T) {
	t.Parallel()
	for fields, moves := range map[string]bool{
		`"tag":"1"`:                             true,
		`"tag":"1","copy":false`:                true,
		`"tag":"1","copy":true`:                 false,
		`"tag":"1","copy":"true"`:               false,
		`"tag":"1","copy":true,"targetTag":""`:  false,
		`"tag":"1","targetDockerRepository":""`: true,
	} {
		s := start(t)
		image, layer := putImage(s, "dev", "app", "1", "layer")
		r := admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(fields), jsonType)
		require.Equal(t, 200, r.status, r.body)
		assert.Equal(t, "Promotion ended successfully", r.body, "1.2")
		assert.Equal(t, "text/plain", r.header.Get("Content-Type"))
		files := s.Snapshot()
		assert.Equal(t, hexOf(image), files["prod/app/1/manifest.json"])
		assert.Contains(t, files, "prod/app/1/sha256__"+hexOf(layer))
		_, stays := files["dev/app/1/manifest.json"]
		assert.Equal(t, moves, !stays, fields)
	}
}

// Facts 1.1: without a tag the whole image goes, attachments included (1.7).
func TestPromoteWithoutTagTakesTheWholeImage(t *testing.T) {
	t.Parallel()
	for _, fields := range []string{`"copy":true`, `"tag":"","copy":true`} {
		s := start(t)
		image, _ := putImage(s, "dev", "app", "1", "one")
		putImage(s, "dev", "app", "2", "two")
		putImage(s, "dev", "app", "sha256-"+hexOf(image)+".sig", "signature")
		r := admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(fields), jsonType)
		require.Equal(t, 200, r.status, r.body)
		assert.Subset(t, slices.Collect(maps.Keys(s.Snapshot())), []string{
			"prod/app/1/manifest.json", "prod/app/2/manifest.json", "prod/app/sha256-" + hexOf(image) + ".sig/manifest.json",
		})
	}
}

// Facts 1.7: promoting a tag leaves suffix tags and referrers behind. This is what the plugin is for.
func TestPromoteLeavesAttachments(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, _ := putImage(s, "dev", "app", "1", "layer")
	putImage(s, "dev", "app", "sha256-"+hexOf(image)+".sig", "signature")
	s.PutBlob("dev", "app", []byte("{}"))
	raw := referrerOf(image, "a/b")
	referrer := s.PutManifest("dev", "app", digestOf(raw), "application/vnd.oci.image.manifest.v1+json", raw)
	require.Equal(t, 200, admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","copy":true`), jsonType).status)
	for path, sha := range s.Snapshot() {
		if strings.HasPrefix(path, "prod/") {
			assert.True(t, strings.HasPrefix(path, "prod/app/1/"), path)
			assert.NotEqual(t, hexOf(referrer), sha)
		}
	}
}

// Facts 1.5, 2.7: children go to digest folders; retag and rename set the docker properties; custom ones are carried
// (1.6).
func TestPromoteIndexWithNewNameAndTag(t *testing.T) {
	t.Parallel()
	s := start(t)
	child, layer := putImage(s, "dev", "app", "amd64", "layer")
	putIndex(s, "dev", "app", "1", child)
	c := admin(t, s)
	require.Equal(t, 204, c.do("PUT", "api/storage/dev/app/1/list.manifest.json?properties=qa=passed", "").status)
	r := c.do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","targetTag":"2","targetDockerRepository":"team/app","copy":true`), jsonType)
	require.Equal(t, 200, r.status, r.body)
	files := s.Snapshot()
	assert.Equal(t, hexOf(child), files["prod/team/app/"+child+"/manifest.json"])
	assert.Contains(t, files, "prod/team/app/"+child+"/sha256__"+hexOf(layer))
	assert.NotContains(t, files, "prod/team/app/2-linux-amd64/manifest.json", "1.5: no arch tags since 7.111")
	properties := s.SnapshotProperties()["prod/team/app/2/list.manifest.json"]
	assert.Equal(t, []string{"2"}, properties["docker.manifest"])
	assert.Equal(t, []string{"team/app"}, properties["docker.repoName"])
	assert.Equal(t, []string{"passed"}, properties["qa"])
	assert.Equal(t, 200, c.do("HEAD", "/v2/prod/team/app/manifests/2", "").status)
}

// Facts 1.5: the knob for versions up to 7.110.
func TestPromoteArchTags(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.PromoteArchTags = true }))
	child, _ := putImage(s, "dev", "app", "amd64", "layer")
	putIndex(s, "dev", "app", "1", child)
	require.Equal(t, 200, admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","copy":true`), jsonType).status)
	assert.Contains(t, s.Snapshot(), "prod/app/1-linux-amd64/manifest.json")
}

// Facts 1.4: an existing target tag is overwritten, and nothing of the former one stays in its folder; before 7.117.1
// layers of other tags could go, too.
func TestPromoteOverwrites(t *testing.T) {
	t.Parallel()
	for name, deletes := range map[string]bool{"7.117.1": false, "before": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.PromoteDeletesSharedLayers = deletes }))
			image, _ := putImage(s, "dev", "app", "1", "new")
			_, shared := putImage(s, "prod", "app", "1", "old")
			putImage(s, "prod", "app", "other", "old")
			putIndex(s, "prod", "app", "1")
			require.Equal(t, 200, admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","copy":true`), jsonType).status)
			files := s.Snapshot()
			assert.Equal(t, hexOf(image), files["prod/app/1/manifest.json"])
			assert.NotContains(t, files, "prod/app/1/list.manifest.json")
			assert.NotContains(t, files, "prod/app/1/sha256__"+hexOf(shared))
			_, stays := files["prod/app/other/sha256__"+hexOf(shared)]
			assert.Equal(t, deletes, !stays)
		})
	}
}

// Facts 1.5: a move keeps the children that another index of the source still lists.
func TestPromoteMoveKeepsSharedChildren(t *testing.T) {
	t.Parallel()
	s := start(t)
	raw, _ := imageManifest(s, "dev", "app", "shared")
	child := s.PutManifest("dev", "app", digestOf(raw), "application/vnd.oci.image.manifest.v1+json", raw)
	putIndex(s, "dev", "app", "1", child)
	putIndex(s, "dev", "app", "2", child, child)
	require.Equal(t, 200, admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1"`), jsonType).status)
	files := s.Snapshot()
	assert.Contains(t, files, "dev/app/"+child+"/manifest.json")
	assert.Contains(t, files, "prod/app/"+child+"/manifest.json")
	assert.NotContains(t, files, "dev/app/1/list.manifest.json")
	require.Equal(t, 200, admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"2"`), jsonType).status)
	assert.NotContains(t, s.Snapshot(), "dev/app/"+child+"/manifest.json")
}

// Facts 1.3 and 1.8.
func TestPromoteFailures(t *testing.T) {
	t.Parallel()
	s := start(t,
		artifactory.WithRepository(artifactory.Repository{Key: "virtual", Class: "virtual", Members: []string{"dev"}}),
		artifactory.WithRepository(artifactory.Repository{Key: "oci", PackageType: "oci"}),
		artifactory.WithUser(artifactory.User{
			Name: "reader", Password: "p",
			Grants: []artifactory.Grant{{Repo: "*", Read: true}},
		}),
		artifactory.WithUser(artifactory.User{
			Name: "deployer", Password: "p",
			Grants: []artifactory.Grant{{Repo: "*", Read: true, Deploy: true}},
		}))
	putImage(s, "dev", "app", "1", "layer")
	putImage(s, "prod", "app", "taken", "other")
	before := s.Snapshot()
	ok := promotion(`"tag":"1","copy":true`)
	for name, c := range map[string]struct {
		user, path, body, contentType string
		status                        int
	}{
		"missing tag":            {"admin", "dev", promotion(`"tag":"2"`), "application/json", 404},
		"missing source repo":    {"admin", "nope", ok, "application/json", 404},
		"virtual source":         {"admin", "virtual", ok, "application/json", 400},
		"other package type":     {"admin", "dev", strings.Replace(ok, "prod", "oci", 1), "application/json", 400},
		"no content type":        {"admin", "dev", ok, "", 415},
		"unknown field":          {"admin", "dev", promotion(`"tag":"1","dryRun":true`), "application/json", 400},
		"illegal target tag":     {"admin", "dev", promotion(`"tag":"1","targetTag":"a/b"`), "application/json", 400},
		"no Deploy":              {"reader", "dev", ok, "application/json", 403},
		"overwrite, no Delete":   {"deployer", "dev", promotion(`"tag":"1","targetTag":"taken","copy":true`), "application/json", 403},
		"move, no Delete":        {"deployer", "dev", promotion(`"tag":"1"`), "application/json", 403},
		"wrong password":         {"nobody", "dev", ok, "application/json", 401},
		"no credentials":         {"", "dev", ok, "application/json", 401},
		"wrong path":             {"admin", "dev/v2/promotions", ok, "application/json", 404},
		"required field missing": {"admin", "dev", `{"targetRepo":"prod"}`, "application/json", 400},
	} {
		password := map[string]string{"admin": "secret"}[c.user]
		if password == "" {
			password = "p"
		}
		r := as(t, s, c.user, password).do("POST", "api/docker/"+c.path+"/v2/promote", c.body, "Content-Type: "+c.contentType)
		assert.Equal(t, c.status, r.status, "%s: %s", name, r.body)
	}
	assert.Equal(t, before, s.Snapshot())
	for _, r := range s.Log() {
		assert.False(t, r.Changed)
		assert.True(t, r.Write)
	}
}

// Knob: a promotion that becomes visible file by file, in an order of the test's choice.
func TestPromoteVisibleFileByFile(t *testing.T) {
	t.Parallel()
	s := start(t)
	putImage(s, "dev", "app", "1", "layer")
	var seen []int
	s.SetKnobs(func(k *artifactory.Knobs) {
		k.PromoteOrder = func(steps []string) []string {
			slices.Sort(steps)
			return steps
		}
		k.PromoteStep = func(string) { seen = append(seen, len(s.Snapshot())) }
	})
	changes := 0
	s.OnChange(func() { changes++ })
	require.Equal(t, 200, admin(t, s).do("POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","copy":true`), jsonType).status)
	assert.Equal(t, []int{4, 5, 6}, seen)
	assert.Equal(t, 3, changes)
}

// Facts 1.3, 5.5: a promotion or copy that fails in the middle leaves what it has written. The manifest is served, and
// the layer is not.
func TestHalfDone(t *testing.T) {
	t.Parallel()
	for _, half := range []struct {
		status       int
		method, path string
		body         string
		want         int
	}{
		{504, "POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","copy":true`), 504},
		{0, "POST", "api/docker/dev/v2/promote", promotion(`"tag":"1","copy":true`), 200},
		{0, "POST", "api/copy/dev/app/1?to=/prod/app/1", "", 409},
	} {
		s := start(t)
		image, layer := putImage(s, "dev", "app", "1", "layer")
		s.AddFault(artifactory.Fault{Status: half.status, Half: &artifactory.Half{Without: "^prod/.*/sha256__" +
			hexOf(layer)}})
		assert.Equal(t, half.want, admin(t, s).do(half.method, half.path, half.body, jsonType).status)
		s.ClearFaults()
		assert.Equal(t, hexOf(image), s.Snapshot()["prod/app/1/manifest.json"])
		assert.Equal(t, 200, admin(t, s).do("GET", "api/docker/prod/v2/app/manifests/1", "", "Accept: */*").status)
		blob := "api/docker/prod/v2/app/blobs/sha256:" + hexOf(layer)
		assert.Equal(t, 404, admin(t, s).do("GET", blob, "").status)
		assert.Equal(t, 404, admin(t, s).do("HEAD", blob, "").status)
		s.SetKnobs(func(k *artifactory.Knobs) { k.HeadFindsBlobsElsewhere = true })
		assert.Equal(t, 404, admin(t, s).do("GET", blob, "").status)
		assert.Equal(t, 200, admin(t, s).do("HEAD", blob, "").status, "HEAD proves nothing there")
	}
}
