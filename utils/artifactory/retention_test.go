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
	assert.Contains(t, all, reference.Repository{Key: prod, Class: "federated", PackageType: "docker"}, "in the spelling of the single call")
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
