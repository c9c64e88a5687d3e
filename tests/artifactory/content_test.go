package artifactory_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// Facts 8.1: downloads carry the checksums.
func TestDownload(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithRepository(artifactory.Repository{
		Key: "virtual", Class: "virtual",
		Members: []string{"prod", "dev"},
	}))
	sha := s.PutFile("dev", "a/sha256:b/f.txt", []byte("hello"), nil)
	c := admin(t, s)
	for _, path := range []string{"dev/a/sha256:b/f.txt", "dev/a/sha256%3Ab/f.txt", "virtual/a/sha256:b/f.txt"} {
		r := c.do("GET", path, "")
		require.Equal(t, 200, r.status, path)
		assert.Equal(t, "hello", r.body)
		assert.Equal(t, sha, r.header.Get("X-Checksum-Sha256"))
		assert.Equal(t, "f.txt", r.header.Get("X-Artifactory-Filename"))
		head := c.do("HEAD", path, "")
		assert.Equal(t, sha, head.header.Get("X-Checksum-Sha256"))
		assert.Equal(t, "5", head.header.Get("Content-Length"))
	}
	assert.Equal(t, 404, c.do("GET", "dev/a/sha256%253Ab/f.txt", "").status, "encoded twice is another path")
	assert.Equal(t, 404, c.do("GET", "dev/none", "").status)
	assert.Equal(t, "text/html", c.do("GET", "dev/a/", "").header.Get("Content-Type"))
	assert.Equal(t, 404, c.do("POST", "dev/a/f.txt", "").status)
	assert.Equal(t, 404, c.do("GET", "api/unknown", "").status)
}

// Facts 8.1: a redirect to a storage host, which refuses other credentials.
func TestDownloadByRedirect(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.RedirectDownloads = true }))
	s.PutFile("dev", "f", []byte("hello"), nil)
	r := admin(t, s).do("GET", "dev/f", "")
	require.Equal(t, 302, r.status)
	path := r.header.Get("Location")[len("http://localhost:"):]
	path = path[len(s.Host())-len("127.0.0.1:"):]
	assert.Equal(t, "hello", as(t, s, "", "").do("GET", path, "").body)
	assert.Equal(t, 400, admin(t, s).do("GET", path, "").status)
}

// Facts 8.2.
func TestDeploy(t *testing.T) {
	t.Parallel()
	s := start(t,
		artifactory.WithRepository(artifactory.Repository{Key: "empty", Class: "virtual", Members: []string{"dev"}}),
		artifactory.WithRepository(artifactory.Repository{
			Key: "virtual", Class: "virtual", Members: []string{"dev"},
			DefaultDeployment: "dev",
		}),
		artifactory.WithUser(artifactory.User{
			Name: "u", Password: "p",
			Grants: []artifactory.Grant{{Repo: "dev", Read: true, Deploy: true}},
		}))
	c := admin(t, s)
	r := c.do("PUT", "dev/a/f;build.name=x;k=a%3Bb", "hello")
	require.Equal(t, 201, r.status)
	assert.Equal(t, "5", r.json(t)["size"])
	assert.Equal(t, map[string][]string{"build.name": {"x"}, "k": {"a;b"}}, s.SnapshotProperties()["dev/a/f"])
	assert.Equal(t, 201, c.do("PUT", "dev/folder/", "").status)
	assert.Equal(t, "application/vnd.org.jfrog.artifactory.storage.FolderInfo+json",
		c.do("GET", "api/storage/dev/folder", "").header.Get("Content-Type"))
	assert.Equal(t, 404, c.do("PUT", "nope/f", "").status)
	assert.Equal(t, 405, c.do("PUT", "empty/f", "").status)
	assert.Equal(t, 201, c.do("PUT", "virtual/v", "x").status)
	assert.Contains(t, s.Snapshot(), "dev/v")
	u := as(t, s, "u", "p")
	assert.Equal(t, 403, u.do("PUT", "dev/a/f", "other").status, "overwriting needs Delete")
	assert.Equal(t, 201, u.do("PUT", "dev/a/g", "other").status)
	assert.Equal(t, 403, u.do("PUT", "prod/f", "x").status)
	assert.Equal(t, 409, c.do("PUT", "dev/a/f:properties", "x").status)
	assert.Equal(t, 409, c.do("PUT", "dev/h", "x", "X-Checksum-Sha256: 00").status)
	assert.Equal(t, 201, c.do("PUT", "dev/a/f.sha256", "x").status)
	assert.NotContains(t, s.Snapshot(), "dev/a/f.sha256", "a checksum file is no content")
}

// Facts 8.3.
func TestChecksumDeploy(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithUser(artifactory.User{
		Name: "u", Password: "p",
		Grants: []artifactory.Grant{{Repo: "prod", Read: true, Deploy: true}},
	}))
	sha := s.PutFile("dev", "f", []byte("hello"), nil)
	u := as(t, s, "u", "p")
	deploy := func(path string, headers ...string) int {
		return u.do("PUT", path, "", append(headers, "X-Checksum-Deploy: true")...).status
	}
	assert.Equal(t, 201, deploy("prod/a", "X-Checksum-Sha256: "+sha))
	assert.Equal(t, sha, s.Snapshot()["prod/a"])
	assert.Equal(t, 201, deploy("prod/b", "X-Checksum-Sha1: aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"))
	assert.Equal(t, 404, deploy("prod/c", "X-Checksum-Sha256: 00"))
	assert.Equal(t, 404, deploy("prod/c"))
	s.DeletePath("prod", "a")
	s.DeletePath("prod", "b")
	s.SetKnobs(func(k *artifactory.Knobs) { k.ChecksumDeployNeedsRead = true })
	assert.Equal(t, 404, deploy("prod/d", "X-Checksum-Sha256: "+sha), "the only copy may not be read")
}

// Facts 8.4: leaf by leaf.
func TestDelete(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithUser(artifactory.User{Name: "u", Password: "p", Grants: []artifactory.Grant{
		{Repo: "dev", Read: true}, {Repo: "dev", Pattern: "a/free/**", Delete: true}, {
			Repo: "dev", Pattern: "a",
			Delete: true,
		},
	}}))
	s.PutFile("dev", "a/free/f", []byte("x"), nil)
	s.PutFile("dev", "a/kept", []byte("x"), nil)
	u := as(t, s, "u", "p")
	assert.Equal(t, 403, u.do("DELETE", "dev/a", "").status)
	assert.NotContains(t, s.Snapshot(), "dev/a/free/f", "what may be deleted is gone nevertheless")
	assert.Contains(t, s.Snapshot(), "dev/a/kept")
	assert.Equal(t, 403, u.do("DELETE", "dev", "").status)
	assert.Equal(t, 404, u.do("DELETE", "dev/none", "").status)
	assert.Equal(t, 404, u.do("DELETE", "nope/f", "").status)
	assert.Equal(t, 204, admin(t, s).do("DELETE", "dev/a", "").status)
	assert.Empty(t, s.Snapshot())
}

// Facts 8.5, 8.6, 8.7.
func TestSystemAndRepositories(t *testing.T) {
	t.Parallel()
	s := start(t,
		artifactory.WithRepository(artifactory.Repository{
			Key: "virtual", Class: "virtual", Members: []string{"dev"},
			DefaultDeployment: "dev",
		}),
		artifactory.WithRepository(artifactory.Repository{Key: "remote", Class: "remote", PackageType: "oci"}),
		artifactory.WithUser(artifactory.User{
			Name: "u", Password: "p",
			Grants: []artifactory.Grant{{Repo: "dev", Read: true}},
		}))
	c := admin(t, s)
	assert.Equal(t, "OK", c.do("GET", "api/system/ping", "").body)
	assert.Equal(t, "7.125.0", c.do("GET", "api/system/version", "").json(t)["version"])
	assert.Equal(t, "local", c.do("GET", "api/repositories/dev", "").json(t)["rclass"])
	virtual := c.do("GET", "api/repositories/virtual", "").json(t)
	assert.Equal(t, []any{"dev"}, virtual["repositories"])
	assert.Equal(t, "dev", virtual["defaultDeploymentRepo"])
	assert.Equal(t, 400, c.do("GET", "api/repositories/nope", "").status, "an unknown repository is 400")
	assert.Contains(t, c.do("GET", "api/repositories?type=remote", "").body, `"packageType":"Oci","type":"REMOTE"`)
	u := as(t, s, "u", "p")
	assert.NotContains(t, u.do("GET", "api/repositories/dev", "").json(t), "maxUniqueTags")
	assert.Equal(t, 403, u.do("GET", "api/repositories/prod", "").status)
	assert.NotContains(t, u.do("GET", "api/repositories", "").body, `"prod"`)

	bearer := as(t, s, "", "")
	assert.Equal(t, 200, bearer.do("GET", "api/system/ping", "", "Authorization: Bearer admin-token").status)
	assert.Equal(t, 401, bearer.do("GET", "api/system/ping", "", "Authorization: Bearer wrong").status)
	assert.Equal(t, 200, as(t, s, "admin", "admin-token").do("GET", "api/system/ping", "").status)
	assert.Equal(t, 200, bearer.do("GET", "api/system/ping", "", "X-JFrog-Art-Api: admin-token").status)
}
