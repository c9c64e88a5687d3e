package artifactory_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/artifactory"
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

func TestRetention(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	s.AddRepository(double.Repository{Key: dev, MaxUniqueTags: 7})
	r, known, err := c.Retention(t.Context(), dev)
	require.NoError(t, err)
	assert.True(t, known)
	assert.Equal(t, reference.Retention{MaxUniqueTags: 7, TagRetention: 1}, r)
	for _, user := range []string{"reader", "nobody"} {
		_, known, err = as(t, s, user).Retention(t.Context(), dev)
		require.NoError(t, err, user)
		assert.False(t, known, "%s sees no configuration, or a reduced one", user)
	}
	for _, status := range []int{http.StatusUnauthorized, http.StatusInternalServerError} {
		_, broken := scripted(t, status, "")
		_, known, err = broken.Retention(t.Context(), dev)
		require.Error(t, err)
		assert.False(t, known)
	}
}

func TestRepositories(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	all, err := c.Repositories(t.Context())
	require.NoError(t, err)
	assert.Contains(t, all, reference.Repository{Key: prod, Class: "federated", PackageType: "docker"},
		"in the spelling of the single call")
	assert.Contains(t, all, reference.Repository{Key: "Docker-OCI", Class: "local", PackageType: "oci"})
	some, err := as(t, s, "reader").Repositories(t.Context())
	require.NoError(t, err)
	assert.Less(t, len(some), len(all))
	_, broken := scripted(t, http.StatusForbidden, "")
	_, err = broken.Repositories(t.Context())
	require.Error(t, err)
	var status *artifactory.StatusError
	require.ErrorAs(t, err, &status)
}

// Only a 200 with what administrators are shown proves anything.
func TestAdministrator(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	admin, err := c.Administrator(t.Context())
	require.NoError(t, err)
	assert.True(t, admin)
	for _, user := range []string{"reader", "nobody"} {
		admin, err = as(t, s, user).Administrator(t.Context())
		require.NoError(t, err)
		assert.False(t, admin, user)
	}
	_, other := scripted(t, http.StatusOK, `{"page":"of a proxy"}`)
	admin, err = other.Administrator(t.Context())
	require.NoError(t, err)
	assert.False(t, admin)
	for _, status := range []int{http.StatusUnauthorized, http.StatusBadGateway, http.StatusTooManyRequests} {
		_, broken := scripted(t, status, "")
		admin, err = broken.Administrator(t.Context())
		require.Error(t, err)
		assert.False(t, admin)
	}
}

func TestMayRead(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	require.NoError(t, c.MayRead(t.Context(), dev))
	require.NoError(t, as(t, s, "reader").MayRead(t.Context(), dev))
	require.Error(t, as(t, s, "nobody").MayRead(t.Context(), dev))
	s.AddUser(double.User{
		Name: "part", Password: "secret",
		Grants: []double.Grant{{Repo: dev, Pattern: "team/**", Read: true}},
	})
	require.Error(t, as(t, s, "part").MayRead(t.Context(), dev), "a part is not all of it")
	_, broken := scripted(t, http.StatusBadGateway, "")
	require.Error(t, broken.MayRead(t.Context(), dev))
}

func TestKeepsSharedLayers(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"7.117.1": true, "7.117.20": true, "7.118.0-m004": true, "8.0.0": true, "7.117.0": false, "7.55.10": false, "6.23.42": false, "": false, "?": false,
	} {
		s, c := start(t, nil)
		s.SetKnobs(func(k *double.Knobs) { k.Version = version })
		got, err := c.KeepsSharedLayers(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, got, version)
	}
	s, c := start(t, nil)
	s.AddFault(double.Fault{Match: double.Match{Count: 1}, Status: http.StatusForbidden})
	got, err := c.KeepsSharedLayers(t.Context())
	require.NoError(t, err)
	assert.False(t, got, "not told")
	s.AddFault(double.Fault{Status: http.StatusInternalServerError})
	_, err = c.KeepsSharedLayers(t.Context())
	require.Error(t, err)
}
