package scratch_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

const (
	admin, plain = "token-of-the-administrator", "token-of-somebody"
	nonce        = "0123456789ab"
)

func double(t *testing.T) (*artifactory.Server, *client.Client) {
	t.Helper()
	s := artifactory.Start(t, artifactory.WithUser(artifactory.User{Name: "ci", Token: admin, Admin: true}))
	s.AddUser(artifactory.User{Name: "somebody", Token: plain, Grants: []artifactory.Grant{
		{Repo: scratch.Prefix + "*", Read: true, Annotate: true, Deploy: true, Delete: true},
	}})
	c, err := client.New(s.URL(), admin)
	require.NoError(t, err)
	return s, c
}

func keys(t *testing.T, s *artifactory.Server) map[string]string {
	t.Helper()
	return s.Snapshot()
}

func TestMadeAndRemoved(t *testing.T) {
	t.Parallel()
	s, c := double(t)
	s.AddRepository(artifactory.Repository{Key: "somebodys"})
	s.PutFile("somebodys", "file", []byte("precious"), nil)
	p, err := scratch.Create(t.Context(), c, nonce, "docker")
	require.NoError(t, err)
	require.NoError(t, p.Check(t.Context()))
	s.PutFile(p.Source, "file", []byte("scratch"), nil)
	require.NoError(t, p.Clean(t.Context()))
	assert.Len(t, keys(t, s), 1, "only the file of somebody is left")
	assert.Error(t, p.Check(shortly(t)), "they are gone")
}

// shortly ends at once, so that nothing is waited for.
func shortly(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// A key that is taken belongs to somebody, even if it looks like one of ours.
func TestTakenKeyIsLeftAlone(t *testing.T) {
	t.Parallel()
	s, c := double(t)
	_, target := scratch.Keys(nonce)
	s.AddRepository(artifactory.Repository{Key: target, Description: scratch.Description(nonce)})
	s.PutFile(target, "file", []byte("precious"), nil)
	_, err := scratch.Create(t.Context(), c, nonce, "docker")
	require.ErrorIs(t, err, scratch.ErrForeign)
	assert.Len(t, keys(t, s), 1)
	s.ResetLog()
	other, err := scratch.Create(t.Context(), c, scratch.NewNonce(), "docker")
	require.NoError(t, err)
	require.NoError(t, other.Clean(t.Context()))
}

// A repository whose description is another one now is somebody else's: it is not removed, and the run ends.
func TestChangedMarkerStopsTheRemoval(t *testing.T) {
	t.Parallel()
	s, c := double(t)
	p, err := scratch.Create(t.Context(), c, nonce, "docker")
	require.NoError(t, err)
	s.AddRepository(artifactory.Repository{Key: p.Target, Description: "taken over"})
	s.PutFile(p.Target, "file", []byte("precious"), nil)
	require.ErrorIs(t, p.Check(t.Context()), scratch.ErrForeign)
	err = p.Clean(t.Context())
	require.ErrorIs(t, err, scratch.ErrForeign)
	assert.Contains(t, err.Error(), p.Target)
	assert.Len(t, keys(t, s), 1)
}

func TestNotPermitted(t *testing.T) {
	t.Parallel()
	_, c := double(t)
	_, err := scratch.Create(t.Context(), c.As(plain), nonce, "docker")
	var refused *scratch.NotPermittedError
	require.ErrorAs(t, err, &refused)
	assert.Contains(t, err.Error(), "SIGNED_PROMOTE_LIVE_NONCE="+nonce)
	assert.Contains(t, err.Error(), scratch.Description(nonce))
}

func handed(s *artifactory.Server, description string) scratch.Pair {
	source, target := scratch.Keys(nonce)
	for _, key := range []string{source, target} {
		s.AddRepository(artifactory.Repository{Key: key, Description: description})
	}
	return scratch.Pair{Source: source, Target: target, Nonce: nonce, PackageType: "docker"}
}

func TestHandedOver(t *testing.T) {
	t.Parallel()
	s, c := double(t)
	p, err := scratch.Adopt(t.Context(), c.As(plain), handed(s, scratch.Description(nonce)))
	require.NoError(t, err)
	s.PutFile(p.Source, scratch.Folder(nonce)+"/open/x/file", []byte("scratch"), nil)
	require.NoError(t, p.Clean(t.Context()))
	assert.Empty(t, keys(t, s))
	require.NoError(t, p.Check(t.Context()), "they are left, and empty")
}

func TestHandedOverIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *artifactory.Server, p *scratch.Pair){
		"not empty": func(s *artifactory.Server, p *scratch.Pair) {
			s.PutFile(p.Target, "file", []byte("precious"),
				nil)
		},
		"no nonce": func(s *artifactory.Server,
			p *scratch.Pair,
		) {
			s.AddRepository(artifactory.Repository{Key: p.Target})
		},
		"another nonce":        func(_ *artifactory.Server, p *scratch.Pair) { p.Nonce = "ba9876543210" },
		"a short nonce":        func(_ *artifactory.Server, p *scratch.Pair) { p.Nonce = "" },
		"the same twice":       func(_ *artifactory.Server, p *scratch.Pair) { p.Source = p.Target },
		"unknown":              func(_ *artifactory.Server, p *scratch.Pair) { p.Source = "unknown" },
		"another package type": func(_ *artifactory.Server, p *scratch.Pair) { p.PackageType = "oci" },
		"not local": func(s *artifactory.Server, p *scratch.Pair) {
			s.AddRepository(artifactory.Repository{
				Key: p.Source, Class: artifactory.Federated,
				Description: scratch.Description(nonce),
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := double(t)
			p := handed(s, scratch.Description(nonce))
			change(s, &p)
			before := keys(t, s)
			_, err := scratch.Adopt(t.Context(), c, p)
			require.ErrorIs(t, err, scratch.ErrForeign)
			assert.Equal(t, before, keys(t, s))
			assert.Zero(t, s.Stats().Changes)
		})
	}
}
