package artifactory_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
)

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
