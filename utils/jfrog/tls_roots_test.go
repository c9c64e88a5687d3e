package jfrog_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/jfrog"
)

// TestRootsAreReadLate: nil lets Go read the system's CAs when it meets the first certificate. Anything in jf's folder,
// even what is no certificate, is read at once, as jf reads it.
func TestRootsAreReadLate(t *testing.T) {
	h := newHome(t)
	server, err := jfrog.Resolve(options("--url=https://example.com/artifactory"), jfrog.Options{})
	require.NoError(t, err)
	folder := filepath.Join(h.dir, "security", "certs")
	for _, prepare := range []func() error{
		func() error { return nil },
		func() error { return os.MkdirAll(folder, 0o700) },
	} {
		require.NoError(t, prepare())
		settings, err := server.TLSConfig()
		require.NoError(t, err)
		assert.Nil(t, settings.RootCAs)
		assert.False(t, settings.InsecureSkipVerify)
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "readme.txt"), []byte("none"), 0o600))
	settings, err := server.TLSConfig()
	require.NoError(t, err)
	assert.NotNil(t, settings.RootCAs)
}
