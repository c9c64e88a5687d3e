package registry_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/registry"
)

// Every type by tag and by digest, from a registry that enforces Accept.
func TestManifest(t *testing.T) {
	t.Parallel()
	for _, mediaType := range manifest.MediaTypes() {
		t.Run(mediaType, func(t *testing.T) {
			t.Parallel()
			s, c := double(t, nil)
			m := anyManifest(t, s, app(), mediaType)
			store(s, app(), "1.0", m)
			for _, ref := range []string{"1.0", m.Digest.String()} {
				got, err := c.Manifest(t.Context(), app(), ref)
				require.NoError(t, err)
				assert.Equal(t, m, got)
				d, err := c.Resolve(t.Context(), app(), ref)
				require.NoError(t, err)
				assert.Equal(t, m.Digest, d)
			}
		})
	}
}

// anyManifest makes a manifest of one of the five types, whose content is there.
func anyManifest(t *testing.T, s *artifactory.Server, home reference.Image, mediaType string) manifest.Manifest {
	t.Helper()
	switch mediaType {
	case ocispec.MediaTypeImageIndex, manifest.DockerList:
		child := image(t, s, home, ocispec.MediaTypeImageManifest, "child")
		store(s, home, child.Digest.String(), child)
		return parse(t, mediaType, map[string]any{
			"schemaVersion": 2, "mediaType": mediaType, "manifests": []ocispec.Descriptor{descriptor(child.MediaType,
				child.Raw)},
		})
	case manifest.OCIArtifact:
		s.PutBlob(home.Repo, home.Path, []byte("blob"))
		return parse(t, mediaType, map[string]any{
			"mediaType": mediaType, "artifactType": "a/b", "blobs": []ocispec.Descriptor{descriptor("x/y", []byte("blob"))},
		})
	default:
		return image(t, s, home, mediaType, "layer")
	}
}

func TestManifestMissing(t *testing.T) {
	t.Parallel()
	s, c := double(t, nil)
	store(s, app(), "1.0", image(t, s, app(), ocispec.MediaTypeImageManifest, "layer"))
	missing := digest.FromString("missing").String()
	elsewhere := reference.Image{Repo: "no-such-repo", Path: "app"}
	for name, of := range map[string]struct {
		image     reference.Image
		ref, says string
	}{
		"tag":        {app(), "2.0", "Docker-DEV/team/sub/app:2.0"},
		"digest":     {app(), missing, "Docker-DEV/team/sub/app@" + missing},
		"image":      {prod(), "1.0", "docker-prod/app:1.0"},
		"repository": {elsewhere, "1.0", "no-such-repo/app:1.0"},
	} {
		_, err := c.Manifest(t.Context(), of.image, of.ref)
		require.ErrorIs(t, err, failure.ErrNotFound, name)
		require.ErrorContains(t, err, of.says+":", name)
		_, err = c.Resolve(t.Context(), of.image, of.ref)
		require.ErrorIs(t, err, failure.ErrNotFound, name)
		require.ErrorContains(t, err, of.says+":", name)
	}
}

// Whatever is not a certain "no" must not be taken for one.
func TestManifestErrors(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 405, 406, 409, 418, 429, 500, 502, 503} {
		c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
			write(w, status, `{"errors":[{"code":"DENIED","message":"no \u001b[31m entry"}]}`)
		})
		_, err := c.Manifest(t.Context(), app(), "1.0")
		require.Error(t, err)
		require.NotErrorIs(t, err, failure.ErrNotFound)
		got, ok := failure.Status(err)
		assert.True(t, ok, status)
		assert.Equal(t, status, got)
		assert.NotContains(t, err.Error(), "\x1b", "fit for a terminal")
		_, err = c.Resolve(t.Context(), app(), "1.0")
		require.NotErrorIs(t, err, failure.ErrNotFound)
		got, _ = failure.Status(err)
		assert.Equal(t, status, got)
	}
	s, _ := double(t, nil)
	store(s, app(), "1.0", image(t, s, app(), ocispec.MediaTypeImageManifest, "layer"))
	_, err := as(t, s, "nobody").Manifest(t.Context(), app(), "1.0")
	var refused *registry.StatusError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, http.StatusForbidden, refused.HTTPStatus())
}

func TestManifestAnswers(t *testing.T) {
	t.Parallel()
	raw := `{"schemaVersion":2,"config":null,"layers":[]}`
	d, sha512 := digest.FromString(raw).String(), digest.SHA512.FromString(raw).String()
	other, other512 := digest.FromString("other").String(), digest.SHA512.FromString("other").String()
	const oci = ocispec.MediaTypeImageManifest
	tests := map[string]struct {
		ref, body, mediaType, announced string
		fails                           string
	}{
		"by tag":                           {"1.0", raw, oci, d, ""},
		"by tag, not announced":            {"1.0", raw, oci, "", ""},
		"by digest, not announced":         {d, raw, oci, "", ""},
		"type with parameters":             {"1.0", raw, oci + "; charset=utf-8", d, ""},
		"announced by another algorithm":   {"1.0", raw, oci, sha512, ""},
		"by sha512":                        {sha512, raw, oci, sha512, ""},
		"by tag, other bytes":              {"1.0", raw, oci, other, "announced"},
		"by tag, other bytes of sha512":    {"1.0", raw, oci, other512, "announced"},
		"by digest, other bytes":           {other, raw, oci, other, "announced"},
		"by sha512, other bytes":           {other512, raw, oci, other512, "announced"},
		"by digest, other announced":       {d, raw, oci, other, "mismatch"},
		"by digest, other, none announced": {other, raw, oci, "", "mismatch"},
		"announced is no digest":           {"1.0", raw, oci, "sha256:x", "Docker-Content-Digest"},
		"no type":                          {"1.0", raw, "", d, "Content-Type"},
		"a sign-in page":                   {"1.0", "<html></html>", "text/html", "", "cannot be read"},
		"no manifest":                      {"1.0", "[]", oci, "", "cannot be read"},
		"a digest that is none":            {"1.0", `{"layers":[{"digest":"../x"}]}`, oci, "", "../x"},
		"no reference":                     {"", raw, oci, d, "invalid reference"},
		"no tag":                           {"a/b", raw, oci, d, "invalid reference"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "/artifactory/api/docker/Docker-DEV/v2/team/sub/app/manifests/"+tt.ref, r.URL.Path)
				headers := []string{"Content-Type", tt.mediaType}
				if tt.announced != "" {
					headers = append(headers, "Docker-Content-Digest", tt.announced)
				}
				write(w, http.StatusOK, tt.body, headers...)
			})
			m, err := c.Manifest(t.Context(), app(), tt.ref)
			if tt.fails != "" {
				require.ErrorContains(t, err, tt.fails)
				assert.NotErrorIs(t, err, failure.ErrNotFound)
				assert.Empty(t, m, "nothing may be used")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, oci, m.MediaType)
			assert.Equal(t, raw, string(m.Raw))
		})
	}
}

// HEAD has no content: without an announced digest a tag stays unknown.
func TestResolveNeedsADigest(t *testing.T) {
	t.Parallel()
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, http.MethodHead, r.Method)
		write(w, http.StatusOK, "", "Content-Type", ocispec.MediaTypeImageManifest, "Content-Length", "5")
	})
	_, err := c.Resolve(t.Context(), app(), "1.0")
	require.ErrorContains(t, err, "Docker-Content-Digest")
	assert.NotErrorIs(t, err, failure.ErrNotFound)
}

func TestManifestOverTheLimit(t *testing.T) {
	t.Parallel()
	for name, chunked := range map[string]bool{"with a length": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := `{"x":"` + strings.Repeat("x", manifest.MaxSize) + `"}`
			c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
				headers := []string{
					"Content-Type", ocispec.MediaTypeImageManifest, "Docker-Content-Digest",
					digest.FromString(raw).String(),
				}
				if !chunked || r.Method == http.MethodHead {
					headers = append(headers, "Content-Length", strconv.Itoa(len(raw)))
				}
				write(w, http.StatusOK, raw, headers...)
			})
			_, err := c.Manifest(t.Context(), app(), "1.0")
			require.ErrorContains(t, err, "more than 8388608 bytes")
			assert.NotErrorIs(t, err, failure.ErrNotFound)
		})
	}
}

// The library writes the path of an image into addresses as it is.
func TestImagesThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("http://registry.invalid/artifactory/")
	require.NoError(t, err)
	nothing := &http.Client{Transport: unwanted{t}}
	for _, image := range []reference.Image{
		{Repo: "dev", Path: "team%2f..%2f..%2fprod/app"},
		{Repo: "dev", Path: "../prod/app"},
		{Repo: "dev", Path: "app?x=y"},
		{Repo: "dev", Path: "app#x"},
		{Repo: "dev", Path: "a\r\nX-Header: x"},
		{Repo: "dev/../prod", Path: "app"},
		{Repo: "dev", Path: ""},
	} {
		_, err := registry.New(base, nothing).Manifest(t.Context(), image, "1.0")
		assert.Error(t, err, image)
		_, _, err = registry.New(base, nothing).Referrers(t.Context(), image, digest.FromString("x"))
		assert.Error(t, err, image)
	}
}

// unwanted notices every request.
type unwanted struct{ t *testing.T }

func (f unwanted) RoundTrip(r *http.Request) (*http.Response, error) {
	assert.Fail(f.t, "something was sent", "%s %s", r.Method, r.URL)
	return nil, http.ErrServerClosed
}
