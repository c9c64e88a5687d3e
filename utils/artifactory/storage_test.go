package artifactory_test

import (
	"maps"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
)

func queryOf(t *testing.T, r sent) url.Values {
	t.Helper()
	q, err := url.ParseQuery(r.query)
	require.NoError(t, err)
	return q
}

func TestFolders(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	for _, file := range []string{
		"app/1.0/manifest.json", "app/sha256:0a/manifest.json", "app/file",
		"app/nested/x/manifest.json",
	} {
		s.PutFile(dev, file, []byte("x"), nil)
	}
	got, err := c.Folders(t.Context(), dev+"/app")
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"1.0", "sha256:0a", "nested"}, got, "no files, nothing from below")

	for name, path := range map[string]string{"folder": dev + "/missing", "repository": "missing/app"} {
		_, err = c.Folders(t.Context(), path)
		require.ErrorIs(t, err, failure.ErrNotFound, name)
	}
	_, err = as(t, s, "nobody").Folders(t.Context(), dev+"/app")
	require.NotErrorIs(t, err, failure.ErrNotFound)
	status, _ := failure.Status(err)
	assert.Equal(t, http.StatusForbidden, status)

	s.SetKnobs(func(k *double.Knobs) { k.HideUnauthorized = true })
	_, err = as(t, s, "nobody").Folders(t.Context(), dev+"/app")
	require.ErrorIs(t, err, failure.ErrNotFound, "for this user it is not there")

	_, c = scripted(t, http.StatusOK, `{"children":[{"uri":"/b","folder":true},{"uri":"/x","folder":false},{"uri":"a","folder":true}]}`)
	got, err = c.Folders(t.Context(), dev+"/app")
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "a"}, got, "in the server's order")
	_, c = scripted(t, http.StatusOK, `{}`)
	got, err = c.Folders(t.Context(), dev+"/app")
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	s.PutFile(dev, "app/1.0/manifest.json", []byte("x"), nil)
	s.PutFile(dev, "app/2.0/manifest.json", []byte("x"), nil)
	err := as(t, s, "deployer").Delete(t.Context(), dev+"/app/1.0")
	status, _ := failure.Status(err)
	assert.Equal(t, http.StatusForbidden, status)
	assert.Len(t, s.Snapshot(), 2)

	require.NoError(t, c.Delete(t.Context(), dev+"/app/1.0"))
	assert.Contains(t, s.Snapshot(), dev+"/app/2.0/manifest.json")
	assert.Len(t, s.Snapshot(), 1)
	require.ErrorIs(t, c.Delete(t.Context(), dev+"/app/1.0"), failure.ErrNotFound)
	require.ErrorIs(t, c.Delete(t.Context(), "missing/app"), failure.ErrNotFound)
}

func TestSetProperties(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	s.PutFile(dev, "app/1.0/manifest.json", []byte("x"), map[string][]string{"kept": {"as it was"}, "changed": {"old"}})
	values := map[string]string{
		"changed": "new", "comma": "a,b", "bar": "a|b", "equals": "a=b", "semicolon": "a;b", "backslash": `a\b`, "end": `a\`,
		"all": `\,|=;`, "url": "https://example.com/x?a=1&b=2#c", "text": "100% é +", "digest": "sha256:0a",
	}
	want := map[string][]string{"kept": {"as it was"}}
	all := map[string][]string{"several": {"one", "t,w,o"}}
	for key, value := range values {
		all[key] = []string{value}
	}
	maps.Copy(want, all)
	require.NoError(t, c.SetProperties(t.Context(), dev+"/app/1.0/manifest.json", all))
	assert.Equal(t, map[string]map[string][]string{dev + "/app/1.0/manifest.json": want}, s.SnapshotProperties())

	err := as(t, s, "reader").SetProperties(t.Context(), dev+"/app/1.0/manifest.json", map[string][]string{"x": {"y"}})
	status, _ := failure.Status(err)
	assert.Equal(t, http.StatusForbidden, status)
}

// Two runs send the same request, and a folder's content is left alone.
func TestSetPropertiesRequest(t *testing.T) {
	t.Parallel()
	s, c := scripted(t, http.StatusNoContent, "")
	require.NoError(t, c.SetProperties(t.Context(), dev+"/app", map[string][]string{
		"b": {"2", "4"}, "a": {"1,1"},
		"c": {"3"},
	}))
	got := s.requests()[0]
	assert.Equal(t, http.MethodPut, got.method)
	assert.Equal(t, `a=1\,1;b=2,4;c=3`, queryOf(t, got).Get("properties"))
	assert.Equal(t, "0", queryOf(t, got).Get("recursive"))
	assert.NotContains(t, got.query, ";", "a bare one separates parameters for some servers")
}

func TestDeployByChecksum(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	sha256 := s.PutFile(dev, "app/1.0/file", []byte("content"), nil)
	s.PutFile(prod, "app/1.0/there", []byte("other"), nil)
	const unknown = "0000000000000000000000000000000000000000000000000000000000000000"

	linked, err := c.DeployByChecksum(t.Context(), prod+"/app/1.0/file", sha256)
	require.NoError(t, err)
	assert.True(t, linked)
	assert.Equal(t, sha256, s.Snapshot()[prod+"/app/1.0/file"])

	before := s.Snapshot()
	linked, err = c.DeployByChecksum(t.Context(), prod+"/app/1.0/new", unknown)
	require.NoError(t, err, "the bytes have to be sent; that is no error")
	assert.False(t, linked)
	for name, path := range map[string]string{
		"reader": prod + "/app/1.0/new", "deployer": prod + "/app/1.0/there",
		"admin": prod + "/secret/file",
	} {
		linked, err = as(t, s, name).DeployByChecksum(t.Context(), path, sha256)
		assert.False(t, linked)
		status, _ := failure.Status(err)
		assert.Equal(t, http.StatusForbidden, status, name)
	}
	s.AddUser(double.User{
		Name: "blind", Password: "secret",
		Grants: []double.Grant{{Repo: prod, Pattern: "own/**", Read: true, Deploy: true}},
	})
	s.SetKnobs(func(k *double.Knobs) { k.ChecksumDeployNeedsRead = true })
	linked, err = as(t, s, "blind").DeployByChecksum(t.Context(), prod+"/own/file", sha256)
	require.NoError(t, err)
	assert.False(t, linked, "who may not read it has to send it")
	assert.Equal(t, before, s.Snapshot())
}

func TestDeployByChecksumRequest(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusCreated, http.StatusAccepted} {
		s, c := scripted(t, status, "")
		linked, err := c.DeployByChecksum(t.Context(), prod+"/app/sha256:0a/sha256__0b", "0b")
		require.NoError(t, err)
		assert.True(t, linked)
		got := s.requests()[0]
		assert.Equal(t, http.MethodPut, got.method)
		assert.Equal(t, "/artifactory/docker-prod/app/sha256:0a/sha256__0b", got.path)
		assert.Equal(t, "true", got.header.Get("X-Checksum-Deploy"))
		assert.Equal(t, "0b", got.header.Get("X-Checksum-Sha256"))
		assert.Empty(t, got.body)
	}
}
