package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/live/internal/report"
	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

const (
	token = "token-of-the-administrator"
	user  = "release-manager"
)

// stage is a double and the environment of the command.
type stage struct {
	server *artifactory.Server
	env    map[string]string
	out    strings.Builder
	dir    string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{dir: t.TempDir()}
	s.server = artifactory.Start(t, artifactory.WithUser(artifactory.User{Name: user, Token: token, Admin: true}))
	s.server.AddRepository(artifactory.Repository{Key: "somebodys"})
	s.server.PutFile("somebodys", "file", []byte("precious"), nil)
	s.env = map[string]string{"SIGNED_PROMOTE_LIVE_URL": s.server.URL(), "SIGNED_PROMOTE_LIVE_TOKEN": token}
	return s
}

func (s *stage) live(ctx context.Context, args ...string) error {
	args = append(args, "--pause", "1ms", "--json", filepath.Join(s.dir, "live.json"), "--markdown",
		filepath.Join(s.dir, "live.md"))
	return live(ctx, args, func(name string) string { return s.env[name] }, &s.out, io.Discard)
}

// left wants nothing but somebody's file to be on the server.
func (s *stage) left(t *testing.T) {
	t.Helper()
	assert.Len(t, s.server.Snapshot(), 1)
	for _, r := range s.server.Log() {
		assert.NotContains(t, r.Path, "/somebodys", "nobody else's repository is asked for anything")
		assert.NotContains(t, r.Query, "somebodys")
		if r.Changed {
			assert.Contains(t, r.Path, scratch.Prefix, "changes are made in the scratch repositories alone")
		}
	}
}

func TestWholeRun(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	require.NoError(t, s.live(t.Context(), "--strict"), s.out.String())
	s.left(t)
	assert.Contains(t, s.out.String(), " 0 refuted")
	assert.Contains(t, s.out.String(), "both repositories are removed")
	for _, name := range []string{"live.json", "live.md"} {
		content, err := os.ReadFile(filepath.Join(s.dir, name))
		require.NoError(t, err)
		for _, secret := range []string{token, user, s.server.Host(), "127.0.0.1", "somebodys"} {
			assert.NotContains(t, string(content), secret, name)
		}
	}
}

// What is not as assumed is told with its evidence, and the exit code says so.
func TestRefuted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.server.SetKnobs(func(k *artifactory.Knobs) { k.PromoteCarriesReferrers = true })
	require.ErrorIs(t, s.live(t.Context(), "--run", "promote-no", "--show-server"), errRefuted)
	s.left(t)
	var r report.Report
	content, err := os.ReadFile(filepath.Join(s.dir, "live.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &r))
	assert.Equal(t, s.server.URL(), r.Server, "the user wanted to tell it")
	assert.Equal(t, "promote-no-referrers", r.Statements[0].ID)
	assert.Equal(t, "PromoteCarriesReferrers=true", r.Statements[0].Knob)
	assert.Len(t, r.Statements[0].Evidence, 1)
}

// An interrupted run cleans up.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.server.AddFault(artifactory.Fault{Match: artifactory.Match{Method: "POST", Path: "/promote$"}, Before: cancel})
	require.ErrorIs(t, s.live(ctx), context.Canceled)
	s.left(t)
	assert.Contains(t, s.out.String(), "both repositories are removed")
}

// Whoever may not create repositories gets told what to ask for, and with that it works, but for rights.
func TestHandedOver(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.server.AddUser(artifactory.User{Name: "plain", Token: "plain-token", Grants: []artifactory.Grant{
		{Repo: scratch.Prefix + "*", Read: true, Annotate: true, Deploy: true, Delete: true},
	}})
	s.env["SIGNED_PROMOTE_LIVE_TOKEN"] = "plain-token"
	var refused *scratch.NotPermittedError
	require.ErrorAs(t, s.live(t.Context()), &refused)

	source, target := scratch.Keys(refused.Nonce)
	for _, key := range []string{source, target} {
		s.server.AddRepository(artifactory.Repository{Key: key, Description: scratch.Description(refused.Nonce)})
	}
	s.env["SIGNED_PROMOTE_LIVE_NONCE"] = refused.Nonce
	require.NoError(t, s.live(t.Context(), "--run", "^copy|^rights-read$|^repository-c"), s.out.String())
	s.left(t)
	assert.Contains(t, s.out.String(), "there is no second token")
	assert.Contains(t, s.out.String(), "empty again")
	require.ErrorIs(t, s.live(t.Context(), "--run", "^rights-read$", "--strict"), errRefuted,
		"strict wants everything tested")
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, args := range [][]string{{"extra"}, {"--package-type", "npm"}, {"--run", "("}, {"--run", "no such name"}} {
		assert.Error(t, s.live(t.Context(), args...), args)
	}
	for name, value := range map[string]string{
		"SIGNED_PROMOTE_LIVE_URL": "", "SIGNED_PROMOTE_LIVE_TOKEN": "wrong", "SIGNED_PROMOTE_LIVE_SOURCE": "somebodys", "SIGNED_PROMOTE_LIVE_NONCE": "0123456789ab",
	} {
		wrong := newStage(t)
		wrong.env[name] = value
		require.Error(t, wrong.live(t.Context()), name)
		assert.Len(t, wrong.server.Snapshot(), 1)
		assert.Zero(t, wrong.server.Stats().Changes, name)
	}
}
