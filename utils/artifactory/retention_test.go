package artifactory_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/reference"
)

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
