package artifactory_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func TestRepository(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	for _, want := range []reference.Repository{
		{Key: dev, Class: "local", PackageType: "docker"},
		{Key: prod, Class: "federated", PackageType: "docker"},
		{Key: "Docker-OCI", Class: "local", PackageType: "oci"},
		{Key: "generic", Class: "local", PackageType: "generic"},
		{Key: "hub", Class: "remote", PackageType: "docker"},
		{Key: "all", Class: "virtual", PackageType: "docker"},
	} {
		got, err := c.Repository(t.Context(), want.Key)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	got, err := as(t, s, "reader").Repository(t.Context(), dev)
	require.NoError(t, err, "the reduced configuration is enough")
	assert.Equal(t, "local", got.Class)

	_, err = c.Repository(t.Context(), "missing")
	require.ErrorIs(t, err, failure.ErrNotFound)
	_, err = c.Repository(t.Context(), "DOCKER-DEV")
	require.ErrorIs(t, err, failure.ErrNotFound, "keys differ by case")
	_, err = as(t, s, "nobody").Repository(t.Context(), dev)
	require.NotErrorIs(t, err, failure.ErrNotFound)
	status, _ := failure.Status(err)
	assert.Equal(t, http.StatusForbidden, status, "hidden is not missing")
}

// A configuration that a user may not read is replaced by the list, which writes the same words in other letters.
func TestRepositoryFromTheList(t *testing.T) {
	t.Parallel()
	const list = `[{"key":"docker-dev2","type":"VIRTUAL","packageType":"Npm"},{"key":"DOCKER-DEV","type":"REMOTE","packageType":"Npm"},` +
		`{"key":"docker-dev","type":"LOCAL","packageType":"Docker"}]`
	tests := map[string]struct {
		key          string
		status       int
		body         string
		want         reference.Repository
		wantStatus   int
		listWasAsked bool
	}{
		"listed":         {dev, 200, list, reference.Repository{Key: dev, Class: "local", PackageType: "docker"}, 0, true},
		"not listed":     {"other", 200, list, reference.Repository{}, 403, true},
		"empty list":     {dev, 200, "[]", reference.Repository{}, 403, true},
		"list refused":   {dev, 401, "", reference.Repository{}, 401, true},
		"list is broken": {dev, 500, "", reference.Repository{}, 500, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/artifactory/api/repositories" {
					asked = true
					w.WriteHeader(tt.status)
					_, _ = w.Write([]byte(tt.body))
					return
				}
				assert.Equal(t, "/artifactory/api/repositories/"+tt.key, r.URL.Path)
				w.WriteHeader(http.StatusForbidden)
			}))
			defer server.Close()
			got, err := connect(t, server.URL+"/artifactory/", nil).Repository(t.Context(), tt.key)
			assert.Equal(t, tt.want, got)
			status, _ := failure.Status(err)
			assert.Equal(t, tt.wantStatus, status)
			assert.Equal(t, tt.listWasAsked, asked)
			assert.NotErrorIs(t, err, failure.ErrNotFound)
		})
	}
}

func TestRepositoryCasing(t *testing.T) {
	t.Parallel()
	_, c := scripted(t, http.StatusOK, `{"key":"docker-dev","rclass":"LOCAL","packageType":"OCI","unknown":[1]}`)
	got, err := c.Repository(t.Context(), dev)
	require.NoError(t, err)
	assert.Equal(t, reference.Repository{Key: dev, Class: "local", PackageType: "oci"}, got)
	assert.True(t, got.HoldsImages())

	_, c = scripted(t, http.StatusOK, `{}`)
	got, err = c.Repository(t.Context(), dev)
	require.NoError(t, err)
	assert.False(t, got.HoldsImages(), "what is not said is not taken for granted")
}
