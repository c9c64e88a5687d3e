package artifactory_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/failure"
)

func TestManifests(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	want := map[string]digest.Digest{}
	for folder, file := range map[string]string{
		"1.0": "manifest.json", "multi": "list.manifest.json",
		"sha256-0a.sig": "manifest.json",
	} {
		want[folder] = digest.NewDigestFromEncoded(digest.SHA256, s.PutFile(dev, "app/"+folder+"/"+file, []byte(folder), nil))
	}
	// Of two manifest files the list is served, whatever the order; what is deeper, shallower or no manifest is none.
	for _, other := range []string{
		"app/multi/manifest.json", "app/multi/sha256__0b", "app/nested/x/manifest.json",
		"app/manifest.json", "app/empty/layer",
	} {
		s.PutFile(dev, other, []byte(other), nil)
	}
	got, complete, err := c.Manifests(t.Context(), dev+"/app")
	require.NoError(t, err)
	assert.True(t, complete)
	assert.Equal(t, want, got)

	_, _, err = c.Manifests(t.Context(), dev+"/missing")
	require.ErrorIs(t, err, failure.ErrNotFound)
	_, _, err = as(t, s, "nobody").Manifests(t.Context(), dev+"/app")
	status, _ := failure.Status(err)
	assert.Equal(t, http.StatusForbidden, status)
}

// A file that was stored before Artifactory kept sha256 makes the answer incomplete.
func TestManifestsWithoutDigest(t *testing.T) {
	t.Parallel()
	_, c := scripted(t, http.StatusOK, `{"files":[{"uri":"/a/manifest.json"},{"uri":"/b/manifest.json","sha2":"`+strings.Repeat("0", 64)+`"}]}`)
	_, complete, err := c.Manifests(t.Context(), dev+"/app")
	require.NoError(t, err)
	assert.False(t, complete)
}

func TestProperties(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	s.PutFile(dev, "app/file", []byte("x"), map[string][]string{"a": {"1", "2"}, "b": {"x=y;z"}})
	s.PutFile(dev, "app/bare", []byte("x"), nil)
	got, err := c.Properties(t.Context(), dev+"/app/file")
	require.NoError(t, err)
	assert.Equal(t, map[string][]string{"a": {"1", "2"}, "b": {"x=y;z"}}, got)
	got, err = c.Properties(t.Context(), dev+"/app/bare")
	require.NoError(t, err)
	assert.Empty(t, got, "none is answered with 404")
	_, err = as(t, s, "nobody").Properties(t.Context(), dev+"/app/file")
	require.Error(t, err)
}

// Properties stand in the address: many are set in several requests.
func TestSetManyProperties(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	s.PutFile(dev, "app/file", []byte("x"), nil)
	all := map[string][]string{}
	for _, key := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		all["label."+key] = []string{strings.Repeat(key, 400)}
	}
	require.NoError(t, c.SetProperties(t.Context(), dev+"/app/file", all))
	assert.Equal(t, all, s.SnapshotProperties()[dev+"/app/file"])
	require.Greater(t, len(s.Log()), 2)
	for _, r := range s.Log() {
		assert.Less(t, len(r.Query), 8000)
	}
}
