package registry_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/registry"
	"github.com/signed-promote/signed-promote/utils/transport"
)

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// app has a repository key in upper case and a nested path, as Artifactory allows.
func app() reference.Image { return reference.Image{Repo: "Docker-DEV", Path: "team/sub/app"} }

func prod() reference.Image { return reference.Image{Repo: "docker-prod", Path: "app"} }

// basic sends user and password.
type basic struct{ user, password string }

func (b basic) Authorize(req *http.Request) error {
	req.SetBasicAuth(b.user, b.password)
	return nil
}

// connect makes a client for an Artifactory as the plugin does, with patience for no repetition.
func connect(t *testing.T, address string, auth transport.Authorizer) *registry.Client {
	t.Helper()
	base, err := url.Parse(address)
	require.NoError(t, err)
	carrier := transport.New(transport.Options{Server: base, Auth: auth, Retry: transport.Retry{
		Attempts: -1,
		Wait:     time.Nanosecond,
	}})
	t.Cleanup(carrier.CloseIdleConnections)
	return registry.New(base, carrier.Client())
}

// double starts an Artifactory with two repositories and a user for each kind of right.
func double(t *testing.T, change func(*artifactory.Knobs)) (*artifactory.Server, *registry.Client) {
	t.Helper()
	s := artifactory.Start(t)
	s.AddRepository(artifactory.Repository{Key: app().Repo})
	s.AddRepository(artifactory.Repository{Key: prod().Repo})
	s.AddUser(artifactory.User{Name: "admin", Password: "secret", Admin: true})
	s.AddUser(artifactory.User{Name: "reader", Password: "secret", Grants: []artifactory.Grant{{Repo: "*", Read: true}}})
	s.AddUser(artifactory.User{Name: "nobody", Password: "secret"})
	if change != nil {
		s.SetKnobs(change)
	}
	return s, connect(t, s.URL(), basic{"admin", "secret"})
}

// as is the same server for another user.
func as(t *testing.T, s *artifactory.Server, user string) *registry.Client {
	t.Helper()
	return connect(t, s.URL(), basic{user, "secret"})
}

// scripted is a server that answers everything as it is told.
func scripted(t *testing.T, answer http.HandlerFunc) *registry.Client {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return connect(t, s.URL+"/artifactory/", nil)
}

// write answers with headers ("Name", "value", …), status and body.
func write(w http.ResponseWriter, status int, body string, headers ...string) {
	for i := 0; i < len(headers); i += 2 {
		w.Header().Set(headers[i], headers[i+1])
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func descriptor(mediaType string, content []byte) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(content), Size: int64(len(content))}
}

func parse(t *testing.T, mediaType string, v any) manifest.Manifest {
	t.Helper()
	raw, ok := v.([]byte)
	if !ok {
		var err error
		raw, err = json.Marshal(v)
		require.NoError(t, err)
	}
	m, err := manifest.Parse(mediaType, raw)
	require.NoError(t, err)
	return m
}

// image is a manifest whose blobs the double gets beside it.
func image(t *testing.T, s *artifactory.Server, home reference.Image, mediaType, content string) manifest.Manifest {
	t.Helper()
	config := []byte(`{"of":"` + content + `"}`)
	s.PutBlob(home.Repo, home.Path, config)
	s.PutBlob(home.Repo, home.Path, []byte(content))
	return parse(t, mediaType, ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: mediaType,
		Config: descriptor(ocispec.MediaTypeImageConfig, config),
		Layers: []ocispec.Descriptor{descriptor(ocispec.MediaTypeImageLayer, []byte(content))},
	})
}

// bundle is a referrer of subject. Its blobs are put beside it.
func bundle(t *testing.T, s *artifactory.Server, home reference.Image, subject manifest.Manifest,
	content string,
) manifest.Manifest {
	t.Helper()
	s.PutBlob(home.Repo, home.Path, []byte("{}"))
	s.PutBlob(home.Repo, home.Path, []byte(content))
	d := descriptor(subject.MediaType, subject.Raw)
	return parse(t, ocispec.MediaTypeImageManifest, ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest, ArtifactType: bundleType,
		Config: ocispec.DescriptorEmptyJSON, Layers: []ocispec.Descriptor{descriptor(bundleType,
			[]byte(content))}, Subject: &d,
		Annotations: map[string]string{"dev.sigstore.bundle.content": "dsse-envelope"},
	})
}

// store puts a manifest into the double as a push would, without a request.
func store(s *artifactory.Server, home reference.Image, tag string, m manifest.Manifest) {
	s.PutManifest(home.Repo, home.Path, tag, m.MediaType, m.Raw)
}
