package artifactory_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// reply is an answer that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// json reads the body into a generic value.
func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.body), &out), r.body)
	return out
}

// client sends requests as one user.
type client struct {
	t          *testing.T
	s          *artifactory.Server
	user, pass string
}

func as(t *testing.T, s *artifactory.Server, user, pass string) client {
	t.Helper()
	return client{t: t, s: s, user: user, pass: pass}
}

func admin(t *testing.T, s *artifactory.Server) client {
	t.Helper()
	return as(t, s, "admin", "secret")
}

// do sends a request; path is below /artifactory/ unless it begins with a slash; headers are "Name: value".
func (c client) do(method, path, body string, headers ...string) reply {
	c.t.Helper()
	r, err := c.try(method, path, body, headers...)
	require.NoError(c.t, err)
	return r
}

func (c client) try(method, path, body string, headers ...string) (reply, error) {
	c.t.Helper()
	url := c.s.URL() + path
	if strings.HasPrefix(path, "/") {
		url = "http://" + c.s.Host() + path
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, url, strings.NewReader(body))
	require.NoError(c.t, err)
	if c.user != "" {
		r.SetBasicAuth(c.user, c.pass)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	answer, err := (&http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).Do(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	return reply{status: answer.StatusCode, header: answer.Header, body: string(raw)}, err
}

const (
	jsonType     = "Content-Type: application/json"
	manifestType = "Content-Type: " + ocispec.MediaTypeImageManifest
)

// putImage stores an image with one layer by fixture, and returns its digest and the layer's.
func putImage(s *artifactory.Server, repo, name, tag, layer string) (image, layerDigest string) {
	raw, layerDigest := imageManifest(s, repo, name, layer)
	return s.PutManifest(repo, name, tag, ocispec.MediaTypeImageManifest, raw), layerDigest
}

// imageManifest stores the blobs of an image by fixture and returns its manifest.
func imageManifest(s *artifactory.Server, repo, name, layer string) (raw []byte, layerDigest string) {
	config := `{"architecture":"amd64","os":"linux","config":{"Labels":{"team":"x"}},"layer":"` + layer + `"}`
	layerDigest = s.PutBlob(repo, name, []byte(layer))
	m := ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest,
		Config: descriptor(ocispec.MediaTypeImageConfig, s.PutBlob(repo, name, []byte(config)), len(config)),
		Layers: []ocispec.Descriptor{descriptor(ocispec.MediaTypeImageLayerGzip, layerDigest, len(layer))},
	}
	return mustJSON(m), layerDigest
}

// putIndex stores an index of children that are there already.
func putIndex(s *artifactory.Server, repo, name, tag string, children ...string) string {
	return s.PutManifest(repo, name, tag, ocispec.MediaTypeImageIndex, indexOf(children...))
}

func indexOf(children ...string) []byte {
	index := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
	for _, c := range children {
		d := descriptor(ocispec.MediaTypeImageManifest, c, 1)
		d.Platform = &ocispec.Platform{OS: "linux", Architecture: "amd64"}
		index.Manifests = append(index.Manifests, d)
	}
	return mustJSON(index)
}

// referrerOf is an artifact manifest with a subject; its config is the empty blob.
func referrerOf(subject, artifactType string) []byte {
	d := descriptor(ocispec.MediaTypeImageManifest, subject, 1)
	return mustJSON(ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest, ArtifactType: artifactType,
		Config: ocispec.DescriptorEmptyJSON, Layers: []ocispec.Descriptor{}, Subject: &d,
	})
}

func descriptor(mediaType, d string, size int) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: mediaType, Digest: digest.Digest(d), Size: int64(size)}
}

func mustJSON(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

func hexOf(d string) string { return strings.TrimPrefix(d, "sha256:") }

func digestOf(raw []byte) string { return digest.FromBytes(raw).String() }
