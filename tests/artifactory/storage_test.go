package artifactory_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const (
	fileInfo   = "application/vnd.org.jfrog.artifactory.storage.FileInfo+json"
	folderInfo = "application/vnd.org.jfrog.artifactory.storage.FolderInfo+json"
)

// Facts 4.1: size is a string of digits, the path has a leading slash, dates have milliseconds.
func TestFileInfo(t *testing.T) {
	t.Parallel()
	s := start(t)
	sha := s.PutFile("dev", "a/b.txt", []byte("hello"), nil)
	r := admin(t, s).do("GET", "api/storage/dev/a/b.txt", "")
	require.Equal(t, 200, r.status)
	assert.Equal(t, fileInfo, r.header.Get("Content-Type"))
	info := r.json(t)
	assert.Equal(t, "dev", info["repo"])
	assert.Equal(t, "/a/b.txt", info["path"])
	assert.Equal(t, "5", info["size"])
	assert.Equal(t, s.URL()+"dev/a/b.txt", info["downloadUri"])
	assert.Equal(t, s.URL()+"api/storage/dev/a/b.txt", info["uri"])
	assert.Equal(t, sha, info["checksums"].(map[string]any)["sha256"])
	assert.Regexp(t, regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`), info["created"])

	s.SetKnobs(func(k *artifactory.Knobs) { k.NoSHA256 = true })
	assert.NotContains(t, admin(t, s).do("GET", "api/storage/dev/a/b.txt", "").json(t)["checksums"], "sha256")
}

// Facts 4.2: booleans are booleans, an empty folder has an empty list, the root works, and Accept matters.
func TestFolderInfo(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.PutFile("dev", "a/b/c.txt", []byte("x"), nil)
	s.PutFile("dev", "a/d.txt", []byte("x"), nil)
	c := admin(t, s)
	r := c.do("GET", "api/storage/dev/a", "")
	assert.Equal(t, folderInfo, r.header.Get("Content-Type"))
	assert.Equal(t, []any{
		map[string]any{"uri": "/b", "folder": true}, map[string]any{"uri": "/d.txt", "folder": false},
	}, r.json(t)["children"])
	assert.NotContains(t, r.body, `"size"`)
	assert.Equal(t, "/", c.do("GET", "api/storage/dev", "").json(t)["path"])
	assert.Equal(t, []any{}, c.do("GET", "api/storage/prod/", "").json(t)["children"])
	assert.Equal(t, 406, c.do("GET", "api/storage/dev/a", "", "Accept: text/html").status)
	assert.Equal(t, 200, c.do("GET", "api/storage/dev/a", "", "Accept: text/html, */*;q=0.1").status)
	assert.Equal(t, 400, c.do("GET", "api/storage/dev/a?depth2=1", "").status, "unknown query parameters are refused")
}

// Facts 4.3.
func TestFileList(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithRepository(artifactory.Repository{
		Key: "virtual", Class: "virtual",
		Members: []string{"dev"},
	}))
	sha := s.PutFile("dev", "a/b/c.txt", []byte("x"), nil)
	s.PutFile("dev", "a/d.txt", []byte("xy"), nil)
	c := admin(t, s)
	files := func(query string) (uris []any) {
		for _, f := range c.do("GET", "api/storage/dev/a?list"+query, "").json(t)["files"].([]any) {
			uris = append(uris, f.(map[string]any)["uri"])
		}
		return uris
	}
	assert.Equal(t, []any{"/d.txt"}, files(""))
	assert.Equal(t, []any{"/b/c.txt", "/d.txt"}, files("&deep=1"))
	assert.Equal(t, []any{"/b", "/d.txt"}, files("&deep=1&depth=1&listFolders=1"))
	assert.Equal(t, []any{"/", "/b", "/d.txt"}, files("&listFolders=1&includeRootPath=1"))
	r := c.do("GET", "api/storage/dev/a?list&deep=1&listFolders=1", "")
	assert.Contains(t, r.body, `"size":-1`)
	assert.Contains(t, r.body, `"sha2":"`+sha+`"`)
	assert.Equal(t, 400, c.do("GET", "api/storage/virtual/a?list", "").status)
	assert.Equal(t, 400, c.do("GET", "api/storage/dev/a/d.txt?list", "").status)
	assert.Equal(t, 404, c.do("GET", "api/storage/dev/z?list", "").status)
}

// Facts 4.4.
func TestStorageErrors(t *testing.T) {
	t.Parallel()
	s := start(t,
		artifactory.WithRepository(artifactory.Repository{Key: "virtual", Class: "virtual", Members: []string{"dev"}}),
		artifactory.WithUser(artifactory.User{
			Name: "app", Password: "p",
			Grants: []artifactory.Grant{{Repo: "dev", Pattern: "app/**", Read: true}},
		}),
		artifactory.WithUser(artifactory.User{Name: artifactory.Anonymous}))
	s.PutFile("dev", "app/f", []byte("x"), nil)
	s.PutFile("dev", "other/f", []byte("x"), nil)
	app := as(t, s, "app", "p")
	status := func(c client, path string) int { return c.do("GET", "api/storage/"+path, "").status }

	assert.Equal(t, 404, status(admin(t, s), "dev/none"))
	assert.Contains(t, admin(t, s).do("GET", "api/storage/dev/none", "").body, `"errors":[{"status":404,"message":"Unable to find item`)
	assert.Empty(t, admin(t, s).do("GET", "api/storage/virtual/none", "").body,
		"through a virtual repository without a body")
	assert.Equal(t, 404, status(admin(t, s), "nope/f"))
	assert.Equal(t, 200, status(app, "dev/app/f"))
	assert.Equal(t, 403, status(app, "dev/other/f"))
	assert.Equal(t, 403, status(app, "dev/other/none"), "Read is checked before existence")
	assert.Equal(t, 200, status(app, "dev"), "the way to what may be read")
	anonymous := as(t, s, "", "").do("GET", "api/storage/dev/app/f", "")
	assert.Equal(t, 401, anonymous.status)
	assert.Equal(t, `Basic realm="Artifactory Realm"`, anonymous.header.Get("Www-Authenticate"))
	assert.Equal(t, 401, status(as(t, s, "admin", "wrong"), "dev/app/f"))

	s.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = true })
	assert.Equal(t, 404, status(app, "dev/other/f"))
	assert.Equal(t, reply{status: 404}, func() reply {
		r := as(t, s, "", "").do("GET", "api/storage/dev/app/f", "")
		r.header = nil
		return r
	}())
}

// Facts 4.5.
func TestProperties(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithUser(artifactory.User{
		Name: "deployer", Password: "p",
		Grants: []artifactory.Grant{{Repo: "*", Read: true, Deploy: true, Delete: true}},
	}))
	s.PutFile("dev", "d/f", []byte("x"), map[string][]string{"kept": {"1"}, "a": {"old"}})
	c := admin(t, s)
	at := "api/storage/dev/d/f?properties"
	assert.Equal(t, 204, c.do("PUT", at+"=a=1,2;b=x%5C,y%5C;z", "").status)
	got := s.SnapshotProperties()["dev/d/f"]
	assert.Equal(t, map[string][]string{"kept": {"1"}, "a": {"1", "2"}, "b": {"x,y;z"}}, got)
	assert.Equal(t, map[string]any{"a": []any{"1", "2"}}, c.do("GET", at+"=a", "").json(t)["properties"])

	assert.Equal(t, 204, c.do("DELETE", at+"=a,b", "").status)
	assert.Equal(t, 204, c.do("PATCH", "api/metadata/dev/d/f", `{"props":{"kept":null,"new":"v"}}`, jsonType).status)
	assert.Equal(t, map[string][]string{"new": {"v"}}, s.SnapshotProperties()["dev/d/f"])
	assert.Equal(t, 204, c.do("DELETE", at+"=new", "").status)
	none := c.do("GET", at, "")
	assert.Equal(t, 404, none.status)
	assert.Contains(t, none.body, "No properties could be found", "client-go reads this")

	assert.Equal(t, 204, c.do("PUT", "api/storage/dev/d?properties=x=1&recursive=0", "").status)
	assert.NotContains(t, s.SnapshotProperties(), "dev/d/f")
	assert.Equal(t, 204, c.do("PUT", "api/storage/dev/d?properties=x=1", "").status, "recursive by default")
	assert.Contains(t, s.SnapshotProperties(), "dev/d/f")
	assert.Equal(t, 204, c.do("PUT", "api/storage/dev/made?properties=x=1", "").status)
	assert.Equal(t, 200, c.do("GET", "api/storage/dev/made", "").status, "a missing path becomes a folder")
	assert.Equal(t, 400, c.do("PUT", at+"=a%20b=1", "").status)
	assert.Equal(t, 403, as(t, s, "deployer", "p").do("PUT", at+"=a=1", "").status, "Annotate is needed")
}

// Facts 2.7: a push sets properties on the manifest file.
func TestPushSetsProperties(t *testing.T) {
	t.Parallel()
	s := start(t)
	raw, _ := imageManifest(s, "dev", "team/app", "layer")
	require.Equal(t, 201, admin(t, s).do("PUT", "/v2/dev/team/app/manifests/1", string(raw), manifestType).status)
	d := digestOf(raw)
	assert.Equal(t, map[string][]string{
		"docker.manifest": {"1"}, "docker.repoName": {"team/app"}, "docker.manifest.digest": {d}, "sha256": {hexOf(d)},
		"docker.manifest.type":     {"application/vnd.oci.image.manifest.v1+json"},
		"artifactory.content-type": {"application/vnd.oci.image.manifest.v1+json"},
		"docker.label.team":        {"x"},
	}, s.SnapshotProperties()["dev/team/app/1/manifest.json"])
}
