package inventory

import (
	"crypto"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
)

// keyFile makes a key and the file of its public half.
func keyFile(t *testing.T) (key *signed.Key, file string) {
	t.Helper()
	key = signed.NewKey(t, signed.P256, crypto.SHA256)
	file = filepath.Join(t.TempDir(), "key.pub")
	require.NoError(t, os.WriteFile(file, key.Public, 0o600))
	return key, file
}

// candidates are what repair found elsewhere.
type candidates struct {
	Status     string
	Candidates []struct {
		Image, Tag, Subject, Digest, Kind, Place, Creator, Reason string
		Brought                                                   bool
	}
}

func repair(t *testing.T, s *artifactory.Server, args ...string) (candidates, outcome) {
	t.Helper()
	o := plugin(t, s, append([]string{"repair", prod, "--format", "json"}, args...)...)
	var c candidates
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &c), "%s\n%s", o.stdout, o.stderr)
	validate(t, "repair", o.stdout)
	return c, o
}

func has(s *artifactory.Server, folder string) bool {
	_, there := s.Snapshot()[folder+"/manifest.json"]
	return there
}

func suffixed(i fixture.Image, d digest.Digest, suffix string) string {
	return i.String() + "/" + fixture.SuffixTag("", d, suffix)
}

// Without a policy only lost signatures come back, and other kinds by name.
func TestRepairBringsSignaturesAlone(t *testing.T) {
	t.Parallel()
	s := start(t)
	f := fixture.New(s)
	app, there := f.Image(prod, "team/app"), f.Image(dev, "team/app")
	d := app.Single("1.0", "1.0")
	there.Again("1.0", d)
	there.Sign(d, "alice")
	there.Attest(d, provenance)
	there.SBOM(d, "spdx")
	r, o := repair(t, s, "--source-repos", dev, "--dry-run")
	require.Equal(t, 0, o.code, o.stderr)
	require.Len(t, r.Candidates, 3)
	for _, c := range r.Candidates {
		assert.Equal(t, c.Kind == "signature", c.Brought, c.Place)
		assert.Equal(t, "fixture", c.Creator)
		assert.Contains(t, c.Place, there.String()+"/sha256-")
		assert.Equal(t, d.String(), c.Subject)
	}
	assert.Contains(t, plugin(t, s, "repair", prod, "--source-repos", dev, "--dry-run").stdout, "FOUND ELSEWHERE")
	_, o = repair(t, s, "--source-repos", dev)
	require.Equal(t, 0, o.code, o.stderr)
	assert.True(t, has(s, suffixed(app, d, "sig")))
	assert.False(t, has(s, suffixed(app, d, "att")))
	assert.False(t, has(s, suffixed(app, d, "sbom")))
	_, o = repair(t, s, "--source-repos", dev, "--kinds", "attestation")
	require.Equal(t, 0, o.code, o.stderr)
	assert.True(t, has(s, suffixed(app, d, "att")))
	assert.False(t, has(s, suffixed(app, d, "sbom")))
}

// What anybody was attached to a digest anywhere comes only if it verifies, entry by entry.
func TestRepairBringsWhatVerifies(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithRepository(artifactory.Repository{Key: "sandbox"}))
	f := fixture.New(s)
	alice, public := keyFile(t)
	stranger, _ := keyFile(t)
	app, box := f.Image(prod, "team/app"), f.Image("sandbox", "stranger/x")
	whole, part := app.Single("1.0", "1.0"), app.Single("2.0", "2.0")
	app.Record(whole, "sig", alice.Signature(t, signed.Payload(whole)))
	for _, d := range []digest.Digest{whole, part} {
		box.Again(d.Encoded()[:8], d)
		box.Record(d, "att", stranger.Attestation(t, signed.Statement(d, "https://openvex.dev/ns", `{"statements":[]}`)))
		box.SBOM(d, "nothing in it")
	}
	box.Record(whole, "sig", stranger.Signature(t, signed.Payload(whole)))
	good := alice.Signature(t, signed.Payload(part))
	box.Record(part, "sig", stranger.Signature(t, signed.Payload(part)), good)

	o := plugin(t, s, "repair", prod, "--search-all")
	assert.Equal(t, 1, o.code)
	assert.Contains(t, o.stderr, "say whose may come")

	before := s.Snapshot()[suffixed(app, whole, "sig")+"/manifest.json"]
	r, o := repair(t, s, "--search-all", "--key", public, "--insecure-ignore-tlog")
	require.Equal(t, 0, o.code, o.stderr)
	for _, d := range []digest.Digest{whole, part} {
		assert.False(t, has(s, suffixed(app, d, "att")), "an attestation by a stranger")
		assert.False(t, has(s, suffixed(app, d, "sbom")), "nobody signed it")
	}
	assert.Equal(t, before, s.Snapshot()[suffixed(app, whole, "sig")+"/manifest.json"])
	require.True(t, has(s, suffixed(app, part, "sig")), o.stdout)
	m, _ := f.Manifest(digest.NewDigestFromEncoded(digest.SHA256,
		s.Snapshot()[suffixed(app, part, "sig")+"/manifest.json"]))
	require.Len(t, m.Layers, 1, "the entry of the stranger stays behind")
	config, _ := s.Content(m.Config.Digest.Encoded())
	assert.Equal(t, 1, strings.Count(string(config), m.Layers[0].Digest.String()),
		"the config names the entry that is there")
	assert.Contains(t, o.stdout, "1 of 2 entries verify")
	assert.NotEmpty(t, r.Candidates)
	o = plugin(t, s, "verify", prod+"/team/app:2.0", "--key", public, "--insecure-ignore-tlog")
	assert.Equal(t, 0, o.code, o.stdout)
	_, o = repair(t, s, "--search-all", "--key", public, "--insecure-ignore-tlog", "--fail-no-op")
	assert.Equal(t, 2, o.code, o.stdout)
}

// The same image in another path of the repository is a source, too.
func TestRepairFromAnotherPath(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"--include", "team/copy"}} {
		s := start(t)
		f := fixture.New(s)
		app, copied := f.Image(prod, "team/app"), f.Image(prod, "team/copy")
		d := app.Single("1.0", "1.0")
		app.Sign(d, "alice")
		app.Bundle(d, signing, "bob")
		app.SBOM(d, "spdx")
		copied.Again("1.0", d)
		_, o := repair(t, s, args...)
		require.Equal(t, 0, o.code, o.stderr)
		assert.True(t, has(s, suffixed(copied, d, "sig")), o.stdout)
		assert.False(t, has(s, suffixed(copied, d, "sbom")))
		got, _ := audit(t, s)
		assert.Equal(t, "signed", got.states()["team/copy:1.0"])
	}
}

// What was taken away on purpose does not come back: not from prune's quarantine, and not what somebody denied.
func TestRepairBringsBackNothingThatWasTakenAway(t *testing.T) {
	t.Parallel()
	const quarantine = "quarantine"
	stolen := func(t *testing.T) (*artifactory.Server, fixture.Image, string, string) {
		t.Helper()
		s := start(t, artifactory.WithRepository(artifactory.Repository{Key: quarantine}))
		app := fixture.New(s).Image(prod, "team/app")
		app.Sign(app.Single("0.9", "0.9"), "alice")
		d := app.Single("1.0", "1.0")
		sig := app.Sign(d, "the key that was stolen")
		s.DeleteTag(prod, "team/app", "1.0")
		return s, app, suffixed(app, d, "sig"), sig.String()
	}
	t.Run("quarantine", func(t *testing.T) {
		t.Parallel()
		s, app, signature, _ := stolen(t)
		r, o := prune(t, s, "--quiet", "--quarantine-repo", quarantine)
		require.Equal(t, 1, r.Totals.Removed, o.stderr)
		assert.Contains(t, s.SnapshotProperties()[quarantine+"/"+signature], "signed-promote.quarantined")
		app.Single("1.0", "1.0") // built again, reproducibly
		_, o = repair(t, s, "--source-repos", quarantine)
		assert.Equal(t, 0, o.code, o.stderr)
		assert.False(t, has(s, signature), "the layout tells")
		for file, content := range s.Snapshot() { // moved within the quarantine
			if rest, there := strings.CutPrefix(file, quarantine+"/"+prod+"/"); there {
				raw, _ := s.Content(content)
				s.PutFile(quarantine, "kept/"+rest, raw, nil)
			}
		}
		folder := "kept/" + strings.TrimPrefix(signature, prod+"/")
		s.PutProperties(quarantine, folder, s.SnapshotProperties()[quarantine+"/"+signature])
		_, o = repair(t, s, "--source-repos", quarantine)
		assert.Equal(t, 0, o.code, o.stderr)
		assert.False(t, has(s, signature), "the property tells")
		s.DeletePath(quarantine, "kept")
		got, _ := audit(t, s, "--source-repos", quarantine)
		assert.Equal(t, "unsigned", got.states()["team/app:1.0"])
	})
	for name, deny := range map[string]func(s *artifactory.Server, digest string) []string{
		"--not": func(_ *artifactory.Server, d string) []string { return []string{"--not", d} },
		"property": func(s *artifactory.Server, d string) []string {
			s.PutProperties(prod, "team/app", map[string][]string{"signed-promote.not": {d}})
			return nil
		},
		"neither": func(*artifactory.Server, string) []string { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, app, signature, d := stolen(t)
			there := fixture.New(s).Image(dev, "team/app")
			there.Sign(app.Single("1.0", "1.0"), "the key that was stolen")
			s.DeletePath(prod, strings.TrimPrefix(signature, prod+"/"))
			args := deny(s, d)
			_, o := repair(t, s, append(args, "--source-repos", dev)...)
			assert.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, name == "neither", has(s, signature))
			got, _ := audit(t, s, "--source-repos", dev)
			assert.Equal(t, map[string]string{"--not": "lost", "property": "unsigned", "neither": "signed"}[name],
				got.states()["team/app:1.0"])
		})
	}
}
