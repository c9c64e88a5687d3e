package audit_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/registry"
	"github.com/signed-promote/signed-promote/utils/transport"
	"github.com/signed-promote/signed-promote/utils/wildcard"
)

const prod, dev = "docker-prod", "docker-dev"

type basic struct{}

func (basic) Authorize(req *http.Request) error {
	req.SetBasicAuth("admin", "secret")
	return nil
}

// start runs the double, and returns what an audit needs of it.
func start(t *testing.T) (*double.Server, fixture.Image, audit.Auditor) {
	t.Helper()
	s := double.Start(t)
	for _, key := range []string{prod, dev, "signatures"} {
		s.AddRepository(double.Repository{Key: key})
	}
	s.AddUser(double.User{Name: "admin", Password: "secret", Admin: true})
	base, err := url.Parse(s.URL())
	require.NoError(t, err)
	carrier := transport.New(transport.Options{
		Server: base, Auth: basic{}, ReadOnly: true,
		Retry: transport.Retry{Attempts: -1},
	})
	t.Cleanup(carrier.CloseIdleConnections)
	rest, images := artifactory.New(base, carrier.Client()), registry.New(base, carrier.Client())
	server := audit.Auditor{
		Server: inventory.Server{Finder: rest, Reader: images, Prober: images, Lister: rest, Parallel: 2},
	}
	return s, fixture.New(s).Image(prod, "team/app"), server
}

func states(a *audit.Result) map[string]audit.State {
	all := map[string]audit.State{}
	for _, i := range a.Images {
		all[i.Path+":"+i.Tag] = i.State
	}
	return all
}

// Signatures in another image count where the user names it (cosign's COSIGN_REPOSITORY).
func TestAuditLooksInOtherPlaces(t *testing.T) {
	t.Parallel()
	s, app, server := start(t)
	place := fixture.New(s).Image("signatures", "all")
	d, b := app.Single("sig", "sig"), app.Single("bundle", "bundle")
	place.Sign(d, "alice")
	place.Bundle(b, "https://sigstore.dev/cosign/sign/v1", "alice")
	app.Single("none", "none")
	request := audit.Request{Repo: prod}
	a, err := server.Audit(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, map[string]audit.State{
		"team/app:sig": audit.Unsigned, "team/app:bundle": audit.Unsigned,
		"team/app:none": audit.Unsigned,
	}, states(a))
	request.Places = []reference.Image{{Repo: "signatures", Path: "all"}}
	a, err = server.Audit(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, map[string]audit.State{
		"team/app:sig": audit.Signed, "team/app:bundle": audit.Signed,
		"team/app:none": audit.Unsigned,
	}, states(a))
}

func TestAuditRequiresKinds(t *testing.T) {
	t.Parallel()
	_, app, server := start(t)
	with, without := app.Single("with", "with"), app.Single("without", "without")
	app.Sign(with, "alice")
	app.SBOM(with, "spdx")
	app.Sign(without, "alice")
	a, err := server.Audit(t.Context(), audit.Request{Repo: prod, Required: []attachment.Kind{attachment.KindSBOM}})
	require.NoError(t, err)
	assert.Equal(t, map[string]audit.State{"team/app:with": audit.Signed, "team/app:without": audit.Partly},
		states(a))
}

func TestAuditCountsAPrefixOnlyWhereItIsNamed(t *testing.T) {
	t.Parallel()
	_, app, server := start(t)
	app.SignPrefixed("qa-", app.Single("1.0", "1.0"), "alice")
	for prefix, want := range map[string]audit.State{
		"": audit.Unsigned, "qa-": audit.Signed,
		"x-": audit.Unsigned,
	} {
		a, err := server.Audit(t.Context(), audit.Request{Repo: prod, Prefix: prefix})
		require.NoError(t, err)
		assert.Equal(t, want, states(a)["team/app:1.0"], prefix)
	}
}

func TestAuditSelects(t *testing.T) {
	t.Parallel()
	s, app, server := start(t)
	app.Single("1.0", "1.0")
	fixture.New(s).Image(prod, "other/app").Single("1.0", "1.0")
	for name, c := range map[string]struct {
		selection inventory.Selection
		want      int
	}{
		"all":             {inventory.Selection{}, 2},
		"included":        {inventory.Selection{Include: []wildcard.Pattern{wildcard.New("team/*")}}, 1},
		"excluded":        {inventory.Selection{Exclude: []wildcard.Pattern{wildcard.New("*app")}}, 0},
		"named":           {inventory.Selection{Only: []string{"other/app"}}, 1},
		"since long ago":  {inventory.Selection{Since: time.Now().Add(-time.Hour)}, 2},
		"since tomorrow":  {inventory.Selection{Since: time.Now().Add(time.Hour)}, 0},
		"an empty choice": {inventory.Selection{Only: []string{}}, 0},
	} {
		a, err := server.Audit(t.Context(), audit.Request{Repo: prod, Selection: c.selection})
		require.NoError(t, err)
		assert.Len(t, a.Images, c.want, name)
	}
}

// policy satisfies one digest alone, and asks for something of it if it proves.
type policy struct {
	good   digest.Digest
	proves bool
}

const errPolicy = audit.UnsatisfiedError("signed by nobody who is trusted")

func (p policy) Verify(_ context.Context, image reference.Reference) (bool, error) {
	if image.Digest == p.good {
		return p.proves, nil
	}
	return false, errPolicy
}

func TestAuditAsksThePolicy(t *testing.T) {
	t.Parallel()
	_, app, server := start(t)
	good, bad := app.Single("good", "good"), app.Single("bad", "bad")
	app.Sign(good, "alice")
	app.Sign(bad, "mallory")
	server.Verifier = policy{good: good}
	a, err := server.Audit(t.Context(), audit.Request{Repo: prod})
	require.NoError(t, err)
	require.Len(t, a.Images, 2)
	assert.Equal(t, []bool{false, true}, []bool{*a.Images[0].Verified, *a.Images[1].Verified})
	assert.Equal(t, audit.Signed, a.Images[0].State, "there is a signature, only none that is trusted")
	require.Len(t, a.Images[0].Findings, 1)
	assert.Equal(t, audit.NotVerified, a.Images[0].Findings[0].Problem)
	assert.Contains(t, a.Images[0].Findings[0].Message, errPolicy.Error())
	assert.Empty(t, a.Images[1].Findings)
	server.Verifier = untold{}
	a, err = server.Audit(t.Context(), audit.Request{Repo: prod})
	require.NoError(t, err)
	for _, i := range a.Images {
		assert.Equal(t, audit.Unknown, i.State, "an error is no verdict")
		assert.Nil(t, i.Verified)
		require.Len(t, i.Findings, 1)
		assert.Equal(t, audit.Unreadable, i.Findings[0].Problem)
	}
}

// untold cannot read anything.
type untold struct{}

var errUnread = errors.New("503")

func (untold) Verify(context.Context, reference.Reference) (bool, error) { return false, errUnread }

// A policy that is satisfied decides in place of a signature, also where it asks for attestations alone; one that asks
// for nothing does not.
func TestAPolicyDecidesInPlaceOfASignature(t *testing.T) {
	t.Parallel()
	for _, proves := range []bool{true, false} {
		_, app, server := start(t)
		attested := app.Single("1.0", "attested")
		app.Attest(attested, "https://slsa.dev/provenance/v1")
		server.Verifier = policy{good: attested, proves: proves}
		a, err := server.Audit(t.Context(), audit.Request{Repo: prod})
		require.NoError(t, err)
		require.Len(t, a.Images, 1)
		assert.Equal(t, proves, a.Images[0].State == audit.Signed)
		assert.Equal(t, proves, len(a.Images[0].Findings) == 0)
	}
}

// A repository whose signatures are all in sight costs two searches, and nothing for each image.
func TestAuditOfSignedImagesAsksForNone(t *testing.T) {
	t.Parallel()
	s, app, server := start(t)
	for _, tag := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		app.Sign(app.Single(tag, tag), "alice")
	}
	s.ResetLog()
	a, err := server.Audit(t.Context(), audit.Request{Repo: prod})
	require.NoError(t, err)
	assert.Len(t, a.Images, 8)
	assert.Len(t, s.Log(), 2)
}

func TestAuditCountsWhatNoTagLeadsTo(t *testing.T) {
	t.Parallel()
	_, app, server := start(t)
	app.Sign(app.Single("1.0", "1.0"), "alice")
	app.Single("", "left over")
	a, err := server.Audit(t.Context(), audit.Request{Repo: prod})
	require.NoError(t, err)
	assert.Equal(t, 1, a.Untagged)
	assert.Len(t, a.Images, 1)
}

// counter counts stages and units of work.
type counter struct{ begun, done atomic.Int64 }

func (c *counter) Begin(string, int) { c.begun.Add(1) }
func (c *counter) Done(n int)        { c.done.Add(int64(n)) }

func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	_, app, server := start(t)
	app.Sign(app.Single("1.0", "1.0"), "alice")
	var c counter
	server.Progress = &c
	_, err := server.Audit(t.Context(), audit.Request{Repo: prod, Sources: []string{dev}})
	require.NoError(t, err)
	assert.Positive(t, c.begun.Load())
	assert.Positive(t, c.done.Load())
}

// A run that is interrupted says so, and nothing about images.
func TestAuditIsInterrupted(t *testing.T) {
	t.Parallel()
	s, app, server := start(t)
	for _, tag := range []string{"1", "2", "3"} {
		app.Platforms(tag, tag, "linux/amd64", "linux/arm64")
	}
	s.SetLatency(20 * time.Millisecond)
	for wait := 5 * time.Millisecond; wait < 60*time.Millisecond; wait += 10 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		a, err := server.Audit(ctx, audit.Request{Repo: prod})
		cancel()
		require.Error(t, err)
		assert.Nil(t, a)
	}
}
