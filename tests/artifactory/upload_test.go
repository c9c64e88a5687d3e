package artifactory_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// Facts 7.3: chunks in their order, then the digest.
func TestChunkedUpload(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := admin(t, s)
	content := "hello world"
	d := digestOf([]byte(content))
	r := c.do("POST", api+"app/blobs/uploads/", "")
	require.Equal(t, 202, r.status)
	at := r.header.Get("Location")
	require.True(t, strings.HasPrefix(at, "/artifactory/api/docker/dev/v2/app/blobs/uploads/"), at)

	r = c.do("PATCH", at, "hello", "Content-Range: 0-4")
	assert.Equal(t, 202, r.status)
	assert.Equal(t, "0-4", r.header.Get("Range"))
	assert.Equal(t, 416, c.do("PATCH", at, "world", "Content-Range: 9-13").status)
	assert.Equal(t, "0-4", c.do("GET", at, "").header.Get("Range"))
	assert.Equal(t, 404, c.do("PATCH", strings.Replace(at, "/app/", "/other/", 1), "x").status,
		"an upload belongs to its image")
	r = c.do("PUT", at+"?digest="+d, " world", "Content-Range: 5-10")
	assert.Equal(t, 201, r.status)
	assert.Equal(t, d, r.header.Get("Docker-Content-Digest"))
	assert.Equal(t, content, c.do("GET", api+"app/blobs/"+d, "").body)
	assert.Equal(t, 404, c.do("PUT", at+"?digest="+d, "").status, "an upload ends once")
	assert.Empty(t, s.Snapshot(), "2.1: a blob that no manifest uses waits in _uploads")
}

func TestRefusedUploads(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := admin(t, s)
	open := func() string { return c.do("POST", api+"app/blobs/uploads/", "").header.Get("Location") }
	wrong := c.do("PUT", open()+"?digest="+digestOf([]byte("other")), "content")
	assert.Equal(t, 400, wrong.status)
	assert.Contains(t, wrong.body, "DIGEST_INVALID")
	assert.Equal(t, 400, c.do("PUT", open()+"?digest=sha512:00", "content").status)
	cancelled := open()
	assert.Equal(t, 204, c.do("DELETE", cancelled, "").status)
	assert.Equal(t, 404, c.do("GET", cancelled, "").status)
	assert.Equal(t, 405, c.do("GET", api+"app/blobs/uploads/", "").status)
	assert.Equal(t, 405, c.do("DELETE", api+"app/blobs/"+digestOf([]byte("x")), "").status,
		"single blobs cannot be deleted")
	assert.Equal(t, 404, c.do("GET", api+"app/blobs/"+digestOf([]byte("x")), "").status)
	assert.Equal(t, 400, c.do("GET", api+"App/blobs/"+digestOf([]byte("x")), "").status,
		"image names are in small letters")
	assert.Equal(t, 404, c.do("GET", api+"app/unknown/x", "").status)
}

// Facts 5.7, 8.2: an image that came file by file can be pulled, whatever wrote the files.
func TestPullOfADeployedImage(t *testing.T) {
	t.Parallel()
	s := start(t)
	raw, layer := imageManifest(s, "dev", "app", "layer")
	c := admin(t, s)
	for file, body := range map[string]string{"manifest.json": string(raw), "sha256__" + hexOf(layer): "layer"} {
		require.Equal(t, 201, c.do("PUT", "prod/app/1/"+file, body).status)
	}
	r := c.do("GET", "/v2/prod/app/manifests/1", "")
	assert.Equal(t, 200, r.status)
	assert.Equal(t, "application/vnd.oci.image.manifest.v1+json", r.header.Get("Content-Type"))
	assert.Equal(t, "layer", c.do("GET", "/v2/prod/app/blobs/"+layer, "").body)
	assert.Equal(t, int64(5), s.Stats().LayerBytesDown)
	require.Equal(t, 201, c.do("PUT", "prod/app/multi/list.manifest.json", string(indexOf(digestOf(raw)))).status)
	assert.Equal(t, "application/vnd.oci.image.index.v1+json", c.do("HEAD", "/v2/prod/app/manifests/multi",
		"").header.Get("Content-Type"))
}

// Facts 4.4, 7.4, 8.1: who may not read.
func TestReadingWithoutTheRight(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithUser(artifactory.User{Name: "u", Password: "p"}),
		artifactory.WithUser(artifactory.User{
			Name:   artifactory.Anonymous,
			Grants: []artifactory.Grant{{Repo: "dev", Read: true}},
		}))
	_, layer := putImage(s, "dev", "app", "1", "layer")
	putImage(s, "prod", "app", "1", "layer")
	u, anonymous := as(t, s, "u", "p"), as(t, s, "", "")
	for _, path := range []string{"manifests/1", "manifests/none", "blobs/" + layer, "tags/list", "referrers/" + layer} {
		assert.Equal(t, 403, u.do("GET", api+"app/"+path, "").status, path)
		assert.Equal(t, 401, anonymous.do("GET", "/v2/prod/app/"+path, "").status, path)
	}
	assert.Equal(t, 200, anonymous.do("GET", api+"app/manifests/1", "").status)
	assert.Equal(t, 403, u.do("GET", "dev/app/1/manifest.json", "").status)
	assert.Equal(t, 401, anonymous.do("GET", "prod/app/1/manifest.json", "").status)
	s.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = true })
	assert.Equal(t, 404, u.do("GET", api+"app/manifests/1", "").status)
	assert.Equal(t, 404, u.do("GET", "dev/app/1/manifest.json", "").status)
	s.SetKnobs(func(k *artifactory.Knobs) { k.XrayBlocked = []string{"dev/**"} })
	assert.Equal(t, 403, admin(t, s).do("GET", "dev/app/1/manifest.json", "").status)
}

// Fixtures leave the same tree as requests do.
func TestFixturesDoAsRequestsDo(t *testing.T) {
	t.Parallel()
	s := start(t)
	raw, _ := imageManifest(s, "dev", "app", "layer")
	s.PutManifest("dev", "app", "1", "application/vnd.oci.image.manifest.v1+json", raw)
	files, properties := s.Snapshot(), s.SnapshotProperties()
	s.DeleteTag("dev", "app", "1")
	s.DeleteTag("dev", "app", "none")
	assert.Empty(t, s.Snapshot())
	imageManifest(s, "dev", "app", "layer")
	require.Equal(t, 201, admin(t, s).do("PUT", api+"app/manifests/1", string(raw), manifestType).status)
	assert.Equal(t, files, s.Snapshot())
	assert.Equal(t, properties, s.SnapshotProperties())
	s.DeleteTag("dev", "app", "1")
	s.PutManifest("dev", "app", "2", "application/vnd.oci.image.manifest.v1+json", raw)
	assert.Len(t, s.Snapshot(), 3, "blobs of deleted files are found in the filestore")
	assert.Panics(t, func() { s.PutFile("nope", "f", nil, nil) })
}
