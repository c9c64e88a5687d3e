package registry_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// never is content that must not be asked for.
func never() (io.ReadCloser, error) { return nil, errors.New("the bytes were asked for") }

func TestMountBlob(t *testing.T) {
	t.Parallel()
	s, c := double(t, nil)
	m := image(t, s, app(), ocispec.MediaTypeImageManifest, "layer")
	store(s, app(), "1.0", m)
	d := m.Content.Layers[0]
	sibling := reference.Image{Repo: app().Repo, Path: "other/image"}

	s.ResetLog()
	require.NoError(t, c.MountBlob(t.Context(), app(), sibling, d, never), "granted within a repository")
	assert.Len(t, s.Log(), 1)
	assert.Zero(t, s.Log()[0].ReceivedBytes)

	s.ResetLog()
	asked := 0
	content := func() (io.ReadCloser, error) {
		asked++
		return c.Blob(t.Context(), app(), d)
	}
	require.NoError(t, c.MountBlob(t.Context(), app(), prod(), d, content))
	assert.Equal(t, 1, asked)
	var calls []string
	for _, r := range s.Log() {
		calls = append(calls, r.Method)
	}
	assert.Equal(t, []string{http.MethodPost, http.MethodGet, http.MethodPut}, calls,
		"one session: the bytes go where the mount began")

	for _, to := range []reference.Image{sibling, prod()} {
		one := parse(t, ocispec.MediaTypeImageManifest, ocispec.Manifest{Config: d, Layers: []ocispec.Descriptor{}})
		_, err := c.PutManifest(t.Context(), to, "1.0", one)
		require.NoError(t, err, "the registry sees it")
	}
}

func TestMountBlobFails(t *testing.T) {
	t.Parallel()
	s, c := double(t, nil)
	m := image(t, s, app(), ocispec.MediaTypeImageManifest, "layer")
	store(s, app(), "1.0", m)
	d := m.Content.Layers[0]
	broken := errors.New("broken source")
	tests := map[string]func() (io.ReadCloser, error){
		"opening": func() (io.ReadCloser, error) { return nil, broken },
		"reading": func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("la"), failing{broken})), nil
		},
		"too short":   func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("lay")), nil },
		"other bytes": func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("flyer")), nil },
		"nothing":     func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil },
	}
	for name, content := range tests {
		err := c.MountBlob(t.Context(), app(), prod(), d, content)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, failure.ErrNotFound, name)
		if name == "opening" || name == "reading" {
			require.ErrorIs(t, err, broken, name)
		}
		there, err := c.HasBlob(t.Context(), prod(), d)
		require.NoError(t, err)
		assert.False(t, there, name)
	}
	err := as(t, s, "reader").MountBlob(t.Context(), app(), prod(), d, never)
	status, _ := failure.Status(err)
	assert.Equal(t, http.StatusForbidden, status)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A server may name its session by a path with or without its own prefix, or by a whole address, escaped as it likes.
func TestUploadSessions(t *testing.T) {
	t.Parallel()
	const full = "/artifactory/api/docker/Docker-DEV/v2/team/sub/app/blobs/uploads/"
	for name, tt := range map[string]struct{ location, path string }{
		"whole path":            {full + "id?_state=a%2Bb%3D", full + "id"},
		"path of a registry":    {"/v2/team/sub/app/blobs/uploads/id?_state=a%2Bb%3D", full + "id"},
		"whole address":         {"http://HOST" + full + "id?_state=a%2Bb%3D", full + "id"},
		"escaped":               {full + "a%2Fb?_state=a%2Bb%3D", full + "a%2Fb"},
		"escaped, of a registr": {"/v2/team/sub/app/blobs/uploads/a%2Fb?_state=a%2Bb%3D", full + "a%2Fb"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := descriptor("x/y", []byte("layer"))
			var stored string
			c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					assert.Equal(t, full, r.URL.EscapedPath())
					write(w, http.StatusAccepted, "", "Location", strings.ReplaceAll(tt.location, "HOST", r.Host))
					return
				}
				assert.Equal(t, tt.path, r.URL.EscapedPath())
				assert.Equal(t, "a+b=", r.URL.Query().Get("_state"))
				assert.Equal(t, d.Digest.String(), r.URL.Query().Get("digest"))
				body, err := io.ReadAll(r.Body)
				assert.NoError(t, err)
				stored = string(body)
				write(w, http.StatusCreated, "")
			})
			require.NoError(t, c.PushBlob(t.Context(), app(), d, []byte("layer")))
			assert.Equal(t, "layer", stored)
		})
	}
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusAccepted, "", "Location", "http://other.example.com/v2/x")
	})
	assert.ErrorContains(t, c.PushBlob(t.Context(), app(), descriptor("x/y", []byte("layer")), []byte("layer")),
		"different host")
}

func TestMountAnswers(t *testing.T) {
	t.Parallel()
	d := descriptor("x/y", []byte("layer"))
	for name, tt := range map[string]struct {
		source reference.Image
		from   string
	}{
		"same repository": {reference.Image{Repo: app().Repo, Path: "a/b"}, "a/b"},
		"another":         {prod(), "docker-prod/app"},
	} {
		c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, tt.from, r.URL.Query().Get("from"), name)
			assert.Equal(t, d.Digest.String(), r.URL.Query().Get("mount"))
			write(w, http.StatusCreated, "")
		})
		require.NoError(t, c.MountBlob(t.Context(), tt.source, app(), d, never))
	}
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusCreated, "", "Docker-Content-Digest", digest.FromString("x").String())
	})
	require.ErrorContains(t, c.MountBlob(t.Context(), prod(), app(), d, never), "mismatch")
	c = scripted(t, func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusAccepted, "") })
	require.Error(t, c.MountBlob(t.Context(), prod(), app(), d, func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("layer")), nil
	}), "a session without an address")
}
