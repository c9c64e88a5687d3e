package docs

import (
	"crypto"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
)

const (
	dev, prod   = "docker-dev-local", "docker-prod-local"
	quarantine  = "docker-quarantine-local"
	attachments = "docker-signatures-local"
	user        = "ci"
	password    = "pa55word-of-ci"
	accessToken = "t0ken-of-ci"

	typeNotation = "application/vnd.cncf.notary.signature"
)

// identity is who signs without a key in the docs.
func identity() signed.Identity {
	return signed.Identity{
		Subject: "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main", Issuer: "https://token.actions.githubusercontent.com",
	}
}

// world is what the docs speak of: a server with the repositories, images, builds and keys that they name.
type world struct {
	t      *testing.T
	server *artifactory.Server
	images *fixture.Fixture
	home   string
	// env is added to the environment of every script.
	env []string

	material *material
}

// material is what takes time to make, and can be shared by worlds.
type material struct {
	release, security *signed.Key
	instance          *signed.Instance
	root              []byte
	party             *signed.Party

	mu         sync.Mutex
	signatures map[digest.Digest]signatures
}

// signatures are those of one digest, by everybody whom the docs name.
type signatures struct {
	entries  []fixture.Entry
	envelope string
}

// of returns the signatures of a manifest, which every world has under the same digest.
func (m *material) of(t *testing.T, d ocispec.Descriptor) signatures {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	all, known := m.signatures[d.Digest]
	if !known {
		payload := signed.Payload(d.Digest)
		all.entries = []fixture.Entry{
			m.release.Signature(t, payload), m.security.Signature(t, payload), m.instance.Signature(t, identity(), payload),
		}
		all.envelope = m.party.Sign(t, d, fixture.JWS)
		m.signatures[d.Digest] = all
	}
	return all
}

func newMaterial(t *testing.T) *material {
	t.Helper()
	m := &material{
		signatures: map[digest.Digest]signatures{},
		release:    signed.NewKey(t, signed.P256, crypto.SHA256), security: signed.NewKey(t, signed.P256,
			crypto.SHA256), instance: signed.NewInstance(t), party: signed.NewParty(t, "acme"),
	}
	m.root = m.instance.Root(t)
	return m
}

func newWorld(t *testing.T, m *material) *world {
	t.Helper()
	s := artifactory.Start(t, artifactory.WithUser(artifactory.User{
		Name: user, Password: password, Token: accessToken,
		Admin: true,
	}))
	for _, key := range []string{dev, prod, quarantine, attachments} {
		s.AddRepository(artifactory.Repository{Key: key})
	}
	w := &world{
		t: t, server: s, images: fixture.New(s), home: t.TempDir(), material: m,
	}
	w.files()
	w.fill()
	return w
}

// files are what readers have in their folders: keys, a trusted root, notation's configuration, logins and the server
// of jf.
func (w *world) files() {
	m := w.material
	for name, content := range map[string][]byte{
		"release.pub": m.release.Public, "security.pub": m.security.Public, "cosign.pub": m.release.Public, "keys/release.pub": m.release.Public,
		"root.json": m.root, ".docker/config.json": w.logins(), ".jfrog/jfrog-cli.conf.v6": w.servers(),
	} {
		w.file(name, content)
	}
	config := filepath.Join(w.home, ".config")
	require.NoError(w.t, os.MkdirAll(config, 0o700))
	require.NoError(w.t, os.Rename(m.party.Trust(w.t, "*"), filepath.Join(config, "notation")))
	w.env = append(w.env, "SECURITY_KEY="+string(m.security.Public))
}

func (w *world) file(name string, content []byte) {
	w.t.Helper()
	full := filepath.Join(w.home, filepath.FromSlash(name))
	require.NoError(w.t, os.MkdirAll(filepath.Dir(full), 0o700))
	require.NoError(w.t, os.WriteFile(full, content, 0o600))
}

func (w *world) logins() []byte {
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return w.encode(map[string]any{"auths": map[string]any{w.server.Host(): map[string]string{"auth": auth}}})
}

func (w *world) servers() []byte {
	return w.encode(map[string]any{"version": "6", "servers": []map[string]any{
		{"serverId": "my-server-id", "artifactoryUrl": w.server.URL(), "user": user, "password": password, "isDefault": true},
	}})
}

func (w *world) encode(v any) []byte {
	w.t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(w.t, err)
	return raw
}

// fill puts the images there. What the docs promote is signed by everybody who is named in them.
func (w *world) fill() {
	app := w.images.Image(dev, "team/app")
	index := app.Platforms("1.2.3", "app", "linux/amd64", "linux/arm64")
	for _, d := range append(index.Children, index.Digest) {
		w.sign(app, d)
	}
	for _, one := range []string{
		"team/tool:2.0", "team/app:1.2.4", "team/app:1.3-rc1", "team/api:1.2.3", "team/web:4.0",
		"team/job:0.9",
	} {
		name, tag, _ := strings.Cut(one, ":")
		image := w.images.Image(dev, name)
		w.sign(image, image.Single(tag, one))
	}
	w.lose("team/legacy", "1.0")
	w.orphan("team/gone")
	w.build("my-app", "42", "team/app", "1.2.4")
}

// sign signs a digest in every way: with two keys, by an identity and with notation.
func (w *world) sign(image fixture.Image, d digest.Digest) {
	m, _ := w.images.Manifest(d)
	all := w.material.of(w.t, ocispec.Descriptor{MediaType: m.MediaType, Digest: d, Size: m.Size})
	image.Record(d, "sig", all.entries...)
	image.Attach(d, fixture.Artifact{ConfigType: typeNotation, LayerType: fixture.JWS, Contents: []string{all.envelope}})
}

// lose leaves an image at the target that lost its signature on the way.
func (w *world) lose(name, tag string) {
	source, target := w.images.Image(dev, name), w.images.Image(prod, name)
	w.sign(source, source.Single(tag, name))
	target.Single(tag, name)
}

// orphan leaves a signature whose image is gone, beside another image.
func (w *world) orphan(name string) {
	image := w.images.Image(dev, name)
	w.sign(image, image.Single("2.0", name+" 2.0"))
	w.sign(image, image.Single("1.0", name))
	w.server.DeleteTag(dev, name, "1.0")
}

// build publishes a build-info with an image.
func (w *world) build(build, number, image, tag string) {
	var artifacts []map[string]string
	for file, sum := range w.server.Snapshot() {
		if path.Dir(file) != path.Join(dev, image, tag) {
			continue
		}
		w.server.PutProperties(dev, strings.TrimPrefix(file, dev+"/"), map[string][]string{
			"build.name":   {build},
			"build.number": {number},
		})
		content, _ := w.server.Content(sum)
		sha := sha1.Sum(content)
		artifacts = append(artifacts, map[string]string{
			"name": path.Base(file), "sha1": hex.EncodeToString(sha[:]), "sha256": sum, "originalDeploymentRepo": dev,
		})
	}
	require.NotEmpty(w.t, artifacts)
	w.server.PublishBuild("", w.encode(map[string]any{
		"name": build, "number": number, "modules": []map[string]any{{"id": image, "type": "docker", "artifacts": artifacts}},
	}))
}
