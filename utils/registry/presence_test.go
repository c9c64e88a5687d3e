package registry_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/registry"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// believing is a client over the transport, which tells whose a 404 is; it does not wait.
func believing(t *testing.T, s *artifactory.Server) *registry.Client {
	t.Helper()
	base, err := url.Parse(s.URL())
	require.NoError(t, err)
	tr := transport.New(transport.Options{
		Server: base, Auth: basic{"admin", "secret"},
		Retry: transport.Retry{Wait: time.Nanosecond},
	})
	t.Cleanup(tr.CloseIdleConnections)
	return registry.New(base, tr.Client())
}

func strange(kind string, m artifactory.Match) artifactory.Fault {
	f := artifactory.Strange404s()[kind]
	f.Match = m
	return f
}

// What somebody else than the server calls absent is asked for again, and is an error where that does not help.
func TestA404OfSomebodyElseIsNotBelieved(t *testing.T) {
	t.Parallel()
	for kind := range artifactory.Strange404s() {
		s, _ := double(t, nil)
		subject, bundles := signed(t, s, app(), 1)
		c := believing(t, s)
		s.AddFault(strange(kind, artifactory.Match{Path: "/v2/", Every: 2}))
		for range 3 {
			m, err := c.Manifest(t.Context(), app(), "1.0")
			require.NoError(t, err, kind)
			assert.Equal(t, subject, m.Digest)
			_, err = c.Manifest(t.Context(), app(), "absent")
			require.ErrorIs(t, err, failure.ErrNotFound, kind)
			_, err = c.Resolve(t.Context(), app(), "absent")
			require.ErrorIs(t, err, failure.ErrNotFound, kind)
			listed, supported, err := c.Referrers(t.Context(), app(), subject)
			require.NoError(t, err, kind)
			assert.True(t, supported, kind)
			assert.Equal(t, bundles, digests(listed))
		}

		s.ClearFaults()
		s.AddFault(strange(kind, artifactory.Match{Path: "/v2/"}))
		_, err := c.Manifest(t.Context(), app(), "1.0")
		require.Error(t, err)
		require.NotErrorIs(t, err, failure.ErrNotFound, kind)
		_, err = c.Resolve(t.Context(), app(), "1.0")
		require.Error(t, err)
		require.NotErrorIs(t, err, failure.ErrNotFound, kind)
		_, err = c.HasBlob(t.Context(), app(), descriptor("x/y", []byte("x")))
		require.Error(t, err, kind)
		_, _, err = believing(t, s).Referrers(t.Context(), app(), subject)
		require.Error(t, err, "a list of referrers is absent only where the registry itself answers")
	}
}

// A server without the API may say so without any mark: then it is asked until that is sure, once for a repository.
func TestAnAbsentAPIWithoutMarks(t *testing.T) {
	t.Parallel()
	s, _ := double(t, func(k *artifactory.Knobs) { k.ReferrersAPI, k.BareUnknownPaths = artifactory.ReferrersOff, true })
	subject, _ := signed(t, s, app(), 1)
	c := believing(t, s)
	list, supported, err := c.Referrers(t.Context(), app(), subject)
	require.NoError(t, err)
	assert.False(t, supported)
	assert.Empty(t, list)
	before := len(s.Log())
	for range 3 {
		_, supported, err = c.Referrers(t.Context(), app(), digest.FromString("another"))
		require.NoError(t, err)
		assert.False(t, supported)
	}
	assert.Len(t, s.Log(), before+3, "one request each")

	s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOnPush })
	_, _, err = c.Referrers(t.Context(), app(), subject)
	var contradiction *registry.ContradictionError
	require.ErrorAs(t, err, &contradiction)
	assert.NotEmpty(t, failure.Advice(err))
}

// While the API alone answers with a bare 404 for a time, it is asked until it answers.
func TestAnAPIThatComesUp(t *testing.T) {
	t.Parallel()
	s, _ := double(t, nil)
	subject, bundles := signed(t, s, app(), 1)
	s.AddFault(strange("plain", artifactory.Match{Path: "/referrers/", Count: 1 + transport.DefaultAttempts + 3}))
	list, supported, err := believing(t, s).Referrers(t.Context(), app(), subject)
	require.NoError(t, err)
	assert.True(t, supported)
	assert.Equal(t, bundles, digests(list))
}

// There for one digest and absent for another: neither is believed.
func TestAContradictoryAPI(t *testing.T) {
	t.Parallel()
	on := func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOnPush }
	off := func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }
	for _, turn := range [][]func(*artifactory.Knobs){{on, off}, {off, on}} {
		s, _ := double(t, turn[0])
		subject, _ := signed(t, s, app(), 1)
		c := believing(t, s)
		_, _, err := c.Referrers(t.Context(), app(), subject)
		require.NoError(t, err)
		s.SetKnobs(turn[1])
		_, _, err = c.Referrers(t.Context(), app(), digest.FromString("another"))
		var contradiction *registry.ContradictionError
		require.ErrorAs(t, err, &contradiction)
		status, _ := failure.Status(err)
		assert.Zero(t, status, http.StatusText(status))
	}
}
