package artifactory_test

import (
	"fmt"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const api = "api/docker/dev/v2/"

// Facts 7.2.
func TestRegistryChallenge(t *testing.T) {
	t.Parallel()
	s := start(t)
	r := as(t, s, "", "").do("GET", api, "")
	assert.Equal(t, 401, r.status)
	assert.Equal(t, fmt.Sprintf("Bearer realm=\"%sapi/docker/dev/v2/token\",service=\"%s\"", s.URL(), s.Host()),
		r.header.Get("Www-Authenticate"))
	assert.Equal(t, "registry/2.0", r.header.Get("Docker-Distribution-Api-Version"))
	assert.Contains(t, r.body, `"code":"UNAUTHORIZED"`)
	token := admin(t, s).do("GET", api+"token?service=x&scope=y", "").json(t)["token"].(string)
	assert.Equal(t, 200, as(t, s, "", "").do("GET", api, "", "Authorization: Bearer "+token).status)
	assert.Equal(t, 200, admin(t, s).do("GET", api, "").status, "basic is accepted directly")
	assert.Equal(t, 401, as(t, s, "admin", "wrong").do("GET", api+"token", "").status)
	assert.Equal(t, 404, admin(t, s).do("GET", "api/docker/nope/v2/app/manifests/1", "").status)
}

// Facts 7.3: content type, digest, Accept; and 2.1: with both files the list is served.
func TestManifests(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, layer := putImage(s, "dev", "app", "1", "layer")
	c := admin(t, s)
	r := c.do("GET", api+"app/manifests/1", "", "Accept: "+ocispec.MediaTypeImageIndex+", "+ocispec.MediaTypeImageManifest)
	require.Equal(t, 200, r.status)
	assert.Equal(t, image, r.header.Get("Docker-Content-Digest"))
	assert.Equal(t, ocispec.MediaTypeImageManifest, r.header.Get("Content-Type"))
	assert.Equal(t, 200, c.do("HEAD", api+"app/manifests/"+image, "").status)
	onlyIndex := "Accept: " + ocispec.MediaTypeImageIndex
	assert.Equal(t, 404, c.do("GET", api+"app/manifests/1", "", onlyIndex).status)
	s.SetKnobs(func(k *artifactory.Knobs) { k.StrictAccept = false })
	assert.Equal(t, 200, c.do("GET", api+"app/manifests/1", "", onlyIndex).status)

	index := putIndex(s, "dev", "app", "1", image)
	assert.Equal(t, index, c.do("HEAD", api+"app/manifests/1", "").header.Get("Docker-Content-Digest"))
	assert.Contains(t, s.Snapshot(), "dev/app/1/manifest.json")
	s.SetKnobs(func(k *artifactory.Knobs) { k.StrictTagOverwrite = true })
	raw, _ := imageManifest(s, "dev", "app", "layer")
	require.Equal(t, 201, c.do("PUT", api+"app/manifests/1", string(raw), manifestType).status)
	assert.NotContains(t, s.Snapshot(), "dev/app/1/list.manifest.json")
	other, _ := imageManifest(s, "dev", "app", "other layer")
	require.Equal(t, 201, c.do("PUT", api+"app/manifests/1", string(other), manifestType).status)
	assert.NotContains(t, s.Snapshot(), "dev/app/1/sha256__"+hexOf(layer), "layers that nothing lists any more go")
}

// Facts 7.3, 7.4: refused pushes.
func TestRefusedPushes(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithUser(artifactory.User{
		Name: "u", Password: "p",
		Grants: []artifactory.Grant{{Repo: "dev", Read: true, Deploy: true}},
	}))
	raw, _ := imageManifest(s, "dev", "app", "layer")
	c, u := admin(t, s), as(t, s, "u", "p")
	path := api + "app/manifests/"
	assert.Equal(t, 400, c.do("PUT", path+"1", string(raw)).status, "no content type")
	assert.Equal(t, 400, c.do("PUT", path+"1", string(raw), "Content-Type: "+ocispec.MediaTypeImageIndex).status)
	assert.Equal(t, 400, c.do("PUT", path+"1", "{", manifestType).status)
	assert.Equal(t, 400, c.do("PUT", path+digestOf([]byte("other")), string(raw), manifestType).status)
	assert.Equal(t, 404, c.do("PUT", path+"1", string(indexOf(digestOf([]byte("x")))),
		"Content-Type: "+ocispec.MediaTypeImageIndex).status, "a child is missing")
	require.Equal(t, 201, u.do("PUT", path+"1", string(raw), manifestType).status)
	again := u.do("PUT", path+"1", string(raw), manifestType)
	assert.Equal(t, 400, again.status)
	assert.Contains(t, again.body, `"code":"MANIFEST_INVALID"`)
	assert.Contains(t, again.body, `403 Forbidden`)
	assert.Equal(t, 403, u.do("DELETE", path+"1", "").status)
	assert.Equal(t, 403, u.do("POST", "api/docker/prod/v2/app/blobs/uploads/", "").status)
}

// Knob: which blobs a manifest can see.
func TestBlobScope(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change          func(*artifactory.Knobs)
		same, elsewhere int
	}{
		"own image":        {func(*artifactory.Knobs) {}, 400, 400},
		"same repository":  {func(k *artifactory.Knobs) { k.BlobScope = artifactory.SameRepository }, 201, 400},
		"all readable":     {func(k *artifactory.Knobs) { k.BlobScope = artifactory.AllReadable }, 201, 201},
		"nothing is asked": {func(k *artifactory.Knobs) { k.BlobsBeforeManifest = false }, 201, 201},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithKnobs(c.change))
			raw, _ := imageManifest(s, "dev", "app", "layer")
			require.Equal(t, 201, admin(t, s).do("PUT", api+"app/manifests/1", string(raw), manifestType).status)
			assert.Equal(t, c.same, admin(t, s).do("PUT", api+"other/manifests/1", string(raw), manifestType).status)
			assert.Equal(t, c.elsewhere, admin(t, s).do("PUT", "api/docker/prod/v2/app/manifests/1", string(raw),
				manifestType).status)
		})
	}
}

// Facts 7.3: mounting.
func TestMount(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, layer := putImage(s, "dev", "app", "1", "layer")
	c := admin(t, s)
	assert.Equal(t, 201, c.do("POST", api+"other/blobs/uploads/?mount="+layer+"&from=app", "").status)
	assert.Equal(t, 200, c.do("HEAD", api+"other/blobs/"+layer, "").status)
	assert.Equal(t, 202, c.do("POST", api+"other/blobs/uploads/?mount="+layer+"&from=none", "").status)
	cross := "/v2/prod/app/blobs/uploads/?mount=" + layer + "&from=dev/app"
	assert.Equal(t, 202, c.do("POST", cross, "").status)
	s.SetKnobs(func(k *artifactory.Knobs) { k.CrossRepoMount = true })
	assert.Equal(t, 201, c.do("POST", cross, "").status)
}

// Facts 2.8: oldest first, suffix tags count.
func TestMaxUniqueTags(t *testing.T) {
	t.Parallel()
	for name, spares := range map[string]bool{"counting": false, "sparing": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithRepository(artifactory.Repository{Key: "few", MaxUniqueTags: 2}),
				artifactory.WithKnobs(func(k *artifactory.Knobs) { k.EvictionSparesSignatures = spares }))
			image, _ := putImage(s, "few", "app", "1", "layer")
			putImage(s, "few", "app", "sha256-"+hexOf(image)+".sig", "signature")
			raw, _ := imageManifest(s, "few", "app", "two")
			require.Equal(t, 201, admin(t, s).do("PUT", "/v2/few/app/manifests/2", string(raw), manifestType).status)
			_, stays := s.Snapshot()["few/app/1/manifest.json"]
			assert.Equal(t, spares, stays)
		})
	}
}

// Facts 7.5: paging, order, delay.
func TestTagsList(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, tag := range []string{"c", "a", "b"} {
		putImage(s, "dev", "app", tag, tag)
	}
	raw, _ := imageManifest(s, "dev", "app", "x")
	s.PutManifest("dev", "app", digestOf(raw), ocispec.MediaTypeImageManifest, raw)
	c := admin(t, s)
	tags := func(path string) any { return c.do("GET", api+path, "").json(t)["tags"] }
	assert.Equal(t, []any{"a", "b", "c"}, tags("app/tags/list"), "digest folders are no tags")
	r := c.do("GET", api+"app/tags/list?n=2", "")
	assert.Equal(t, `</artifactory/api/docker/dev/v2/app/tags/list?last=b&n=2>; rel="next"`, r.header.Get("Link"))
	assert.Equal(t, []any{"c"}, tags("app/tags/list?n=2&last=b"))
	s.SetKnobs(func(k *artifactory.Knobs) { k.TagsIgnoreN, k.TagsOrder = true, artifactory.Insertion })
	assert.Equal(t, []any{"c", "a", "b"}, tags("app/tags/list?n=1"))
	s.SetKnobs(func(k *artifactory.Knobs) { k.TagsDelay = 1 })
	require.Equal(t, 201, c.do("PUT", api+"app/manifests/new", string(raw), manifestType).status)
	assert.NotContains(t, tags("app/tags/list"), "new")
	assert.Contains(t, tags("app/tags/list"), "new")
	assert.Equal(t, 404, c.do("GET", api+"none/tags/list", "").status)
	assert.Equal(t, []any{"app"}, c.do("GET", api+"_catalog", "").json(t)["repositories"])
	assert.Equal(t, []any{"dev/app"}, c.do("GET", "/v2/_catalog", "").json(t)["repositories"])
}

// Facts 7.4, 1.3: virtual repositories, and blocked downloads; 2.2: the cache of a remote one.
func TestVirtualAndRemote(t *testing.T) {
	t.Parallel()
	s := start(t,
		artifactory.WithRepository(artifactory.Repository{Key: "remote", Class: "remote"}),
		artifactory.WithRepository(artifactory.Repository{
			Key: "virtual", Class: "virtual",
			Members: []string{"dev", "prod", "remote"},
		}),
		artifactory.WithUser(artifactory.User{
			Name: "u", Password: "p",
			Grants: []artifactory.Grant{{Repo: "dev", Read: true}},
		}))
	putImage(s, "dev", "app", "1", "layer")
	putImage(s, "prod", "app", "2", "layer")
	raw, _ := imageManifest(s, "remote-cache", "library/app", "x")
	cached := s.PutManifest("remote-cache", "library/app", "sha256__"+hexOf(digestOf(raw)), ocispec.MediaTypeImageManifest,
		raw)
	u, c := as(t, s, "u", "p"), admin(t, s)
	head := func(c client, path string) int { return c.do("HEAD", "/v2/"+path, "").status }
	assert.Equal(t, 200, head(c, "virtual/library/app/manifests/"+cached))
	assert.Equal(t, 200, head(c, "remote/library/app/manifests/"+cached))
	assert.Equal(t, 200, head(u, "virtual/app/manifests/1"))
	assert.Equal(t, 404, head(u, "virtual/app/manifests/2"))
	s.SetKnobs(func(k *artifactory.Knobs) { k.Virtual403 = true })
	assert.Equal(t, 403, head(u, "virtual/app/manifests/3"), "403 for what does not exist")
	assert.Equal(t, 403, head(u, "prod/app/manifests/2"))
	assert.Equal(t, 405, c.do("PUT", "/v2/virtual/app/manifests/9", string(raw), manifestType).status)

	s.SetKnobs(func(k *artifactory.Knobs) { k.XrayBlocked = []string{"dev/app/1/**"} })
	assert.Equal(t, 403, head(c, "dev/app/manifests/1"))
	assert.Equal(t, 404, head(c, "virtual/app/manifests/1"))
}
