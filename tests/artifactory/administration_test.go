package artifactory_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const newRepository = `{"key":"scratch","rclass":"local","packageType":"docker","description":"for a test"}`

func TestRepositoryIsCreatedAndRemoved(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := admin(t, s)
	assert.Equal(t, 400, c.do("GET", "api/repositories/scratch", "").status)
	assert.Equal(t, 415, c.do("PUT", "api/repositories/scratch", newRepository).status)
	require.Equal(t, 200, c.do("PUT", "api/repositories/scratch", newRepository, "Content-Type: application/json").status)
	assert.Equal(t, "for a test", c.do("GET", "api/repositories/scratch", "").json(t)["description"])
	assert.Equal(t, 400, c.do("PUT", "api/repositories/scratch", newRepository, "Content-Type: application/json").status,
		"the key is taken")
	require.Equal(t, 201, c.do("PUT", "scratch/file", "content").status)
	require.Equal(t, 200, c.do("DELETE", "api/repositories/scratch", "").status)
	assert.Equal(t, 404, c.do("DELETE", "api/repositories/scratch", "").status)
	assert.Equal(t, 404, c.do("GET", "scratch/file", "").status)
	require.Equal(t, 200, c.do("PUT", "api/repositories/scratch", newRepository, "Content-Type: application/json").status)
	assert.Equal(t, 404, c.do("GET", "scratch/file", "").status, "the new one is empty")
}

func TestRepositoriesAreForAdministrators(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.AddUser(artifactory.User{
		Name: "plain", Password: "secret",
		Grants: []artifactory.Grant{{Repo: "*", Read: true, Deploy: true, Delete: true}},
	})
	s.AddRepository(artifactory.Repository{Key: "kept"})
	c := as(t, s, "plain", "secret")
	assert.Equal(t, 403, c.do("PUT", "api/repositories/scratch", newRepository, "Content-Type: application/json").status)
	assert.Equal(t, 403, c.do("DELETE", "api/repositories/kept", "").status)
	assert.Equal(t, 403, c.do("GET", "api/storageinfo", "").status)
	assert.Equal(t, 200, admin(t, s).do("GET", "api/storageinfo", "").status)
	assert.NotContains(t, c.do("GET", "api/repositories/kept", "").json(t), "maxUniqueTags")
	s.SetKnobs(func(k *artifactory.Knobs) { k.ConfigurationShown = true })
	assert.Contains(t, c.do("GET", "api/repositories/kept", "").json(t), "maxUniqueTags")
	assert.Equal(t, 403, c.do("POST", "/access/api/v1/tokens", "scope=artifact:kept/**:r&expires_in=60",
		"Content-Type: application/x-www-form-urlencoded").status)
}

// A token for paths has the rights of its scope and no others.
func TestTokenForPaths(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.AddRepository(artifactory.Repository{Key: "first"})
	s.AddRepository(artifactory.Repository{Key: "second"})
	s.PutFile("first", "open/file", []byte("content"), nil)
	s.PutFile("first", "closed/file", []byte("content"), nil)
	form := "expires_in=60&scope=artifact:first/open/**:r+artifact:second/**:r,w"
	answer := admin(t, s).do("POST", "/access/api/v1/tokens", form, "Content-Type: application/x-www-form-urlencoded")
	require.Equal(t, 200, answer.status, answer.body)
	bearer := "Authorization: Bearer " + answer.json(t)["access_token"].(string)
	c := as(t, s, "", "")
	assert.Equal(t, 200, c.do("GET", "first/open/file", "", bearer).status)
	assert.Equal(t, 403, c.do("GET", "first/closed/file", "", bearer).status)
	assert.Equal(t, 403, c.do("PUT", "first/open/new", "content", bearer).status)
	assert.Equal(t, 201, c.do("PUT", "second/new", "content", bearer).status)
	assert.Equal(t, 403, c.do("DELETE", "second/new", "", bearer).status)
	assert.Equal(t, 403, c.do("PUT", "api/storage/second/new?properties=a=b", "", bearer).status)
	for _, form := range []string{
		"expires_in=60", "expires_in=60&scope=applied-permissions/admin",
		"scope=artifact:first/**:r",
	} {
		assert.Equal(t, 400, admin(t, s).do("POST", "/access/api/v1/tokens", form,
			"Content-Type: application/x-www-form-urlencoded").status, form)
	}
}
