package registry_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	ggcr "github.com/google/go-containerregistry/pkg/registry"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// Bytes and type of each of the five types arrive as they are, by tag and by digest.
func TestPutManifest(t *testing.T) {
	t.Parallel()
	for _, mediaType := range manifest.MediaTypes() {
		t.Run(mediaType, func(t *testing.T) {
			t.Parallel()
			s, c := double(t, nil)
			m := anyManifest(t, s, app(), mediaType)
			for _, ref := range []string{"1.0", m.Digest.String()} {
				s.ResetLog()
				indexed, err := c.PutManifest(t.Context(), app(), ref, m)
				require.NoError(t, err)
				assert.False(t, indexed, "it has no subject")
				assert.Len(t, s.Log(), 1)
				got, err := c.Manifest(t.Context(), app(), ref)
				require.NoError(t, err)
				assert.Equal(t, m, got)
				assert.Contains(t, s.Snapshot(), app().Folder(ref)+"/"+m.FileName())
			}
		})
	}
}

// oras-go would keep a fallback tag by itself where the registry does not. That is for promotion to decide.
func TestPutManifestTellsWhetherItWasIndexed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change  func(*artifactory.Knobs)
		indexed bool
	}{
		"API":                {nil, true},
		"API without header": {func(k *artifactory.Knobs) { k.SubjectHeader = false }, false},
		"no API":             {func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }, false},
		"405": {func(k *artifactory.Knobs) {
			k.ReferrersAPI, k.ReferrersStatus = artifactory.ReferrersOff,
				405
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := double(t, tt.change)
			subject := image(t, s, app(), ocispec.MediaTypeImageManifest, "layer")
			store(s, app(), "1.0", subject)
			b := bundle(t, s, app(), subject, "bundle")
			for _, ref := range []string{b.Digest.String(), "by-tag"} {
				s.ResetLog()
				indexed, err := c.PutManifest(t.Context(), app(), ref, b)
				require.NoError(t, err)
				assert.Equal(t, tt.indexed, indexed)
				assert.Len(t, s.Log(), 1, "no probe, no fallback tag")
			}
			_, err := c.Manifest(t.Context(), app(), reference.FallbackTag(subject.Digest))
			assert.ErrorIs(t, err, failure.ErrNotFound)
		})
	}
}

func TestPutManifestRefused(t *testing.T) {
	t.Parallel()
	s, c := double(t, nil)
	m := image(t, s, app(), ocispec.MediaTypeImageManifest, "layer")
	elsewhere := reference.Image{Repo: "no-such-repo", Path: "app"}
	for name, put := range map[string]struct {
		user   string
		image  reference.Image
		ref    string
		status int
	}{
		"no right":        {"reader", app(), "1.0", http.StatusForbidden},
		"blobs not there": {"admin", prod(), "1.0", http.StatusBadRequest},
		"another digest":  {"admin", app(), digest.FromString("x").String(), http.StatusBadRequest},
		"no repository":   {"admin", elsewhere, "1.0", http.StatusNotFound},
	} {
		before := s.Snapshot()
		indexed, err := as(t, s, put.user).PutManifest(t.Context(), put.image, put.ref, m)
		require.Error(t, err, name)
		assert.False(t, indexed)
		status, _ := failure.Status(err)
		assert.Equal(t, put.status, status, name)
		assert.Equal(t, before, s.Snapshot())
	}
	_, err := c.PutManifest(t.Context(), app(), "", m)
	require.ErrorContains(t, err, "invalid reference")
	_, err = c.PutManifest(t.Context(), app(), "a/b", m)
	assert.ErrorContains(t, err, "invalid reference")
}

func TestPutManifestAnswers(t *testing.T) {
	t.Parallel()
	m := parse(t, ocispec.MediaTypeImageManifest, []byte(`{"layers":[]}`))
	tests := map[string]struct {
		status  int
		headers []string
		fails   string
		unclear bool
	}{
		"created":              {http.StatusCreated, nil, "", false},
		"created, same digest": {http.StatusCreated, []string{"Docker-Content-Digest", m.Digest.String()}, "", false},
		"created, other digest": {
			http.StatusCreated,
			[]string{"Docker-Content-Digest", digest.FromString("x").String()},
			"mismatch", false,
		},
		"accepted is not stored": {http.StatusAccepted, nil, "202", false},
		"refused with header":    {http.StatusForbidden, []string{"OCI-Subject", "sha256:x"}, "403", false},
		"server error":           {http.StatusBadGateway, nil, "502", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, http.MethodPut, r.Method)
				assert.Equal(t, ocispec.MediaTypeImageManifest, r.Header.Get("Content-Type"))
				body, err := io.ReadAll(r.Body)
				assert.NoError(t, err)
				assert.Equal(t, m.Raw, body)
				write(w, tt.status, "", tt.headers...)
			})
			indexed, err := c.PutManifest(t.Context(), app(), "1.0", m)
			assert.False(t, indexed)
			var unclear *transport.UnclearError
			assert.Equal(t, tt.unclear, errors.As(err, &unclear))
			if tt.fails == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.fails)
		})
	}
}

// The same calls on somebody else's registry.
func TestOnGoContainerregistry(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.StripPrefix("/artifactory/api/docker/"+app().Repo,
		ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0)), ggcr.WithReferrersSupport(true))))
	t.Cleanup(server.Close)
	c := connect(t, server.URL+"/artifactory/", nil)
	ctx := t.Context()

	layer, config := []byte("layer"), []byte(`{"rootfs":{}}`)
	for _, content := range [][]byte{layer, config} {
		require.NoError(t, c.PushBlob(ctx, app(), descriptor("x/y", content), content))
	}
	m := parse(t, ocispec.MediaTypeImageManifest, ocispec.Manifest{
		MediaType: ocispec.MediaTypeImageManifest, Config: descriptor(ocispec.MediaTypeImageConfig, config),
		Layers: []ocispec.Descriptor{descriptor(ocispec.MediaTypeImageLayer, layer)},
	})
	_, err := c.PutManifest(ctx, app(), "1.0", m)
	require.NoError(t, err)
	subject := descriptor(m.MediaType, m.Raw)
	b := parse(t, ocispec.MediaTypeImageManifest, ocispec.Manifest{
		MediaType: ocispec.MediaTypeImageManifest, Config: descriptor(ocispec.MediaTypeImageConfig, config),
		Layers: []ocispec.Descriptor{}, Subject: &subject,
	})
	indexed, err := c.PutManifest(ctx, app(), b.Digest.String(), b)
	require.NoError(t, err)
	assert.False(t, indexed, "it lists referrers and does not say so")

	got, err := c.Manifest(ctx, app(), "1.0")
	require.NoError(t, err)
	assert.Equal(t, m, got)
	list, supported, err := c.Referrers(ctx, app(), m.Digest)
	require.NoError(t, err)
	assert.True(t, supported)
	assert.Equal(t, []digest.Digest{b.Digest}, digests(list))
	_, err = c.Manifest(ctx, app(), "2.0")
	require.ErrorIs(t, err, failure.ErrNotFound)
	there, err := c.HasBlob(ctx, app(), descriptor("x/y", layer))
	require.NoError(t, err)
	assert.True(t, there)
}
