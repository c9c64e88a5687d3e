package registry_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// signed stores an image with that many bundles, and gives the digests of these.
func signed(t *testing.T, s *artifactory.Server, home reference.Image,
	n int,
) (subject digest.Digest, bundles []digest.Digest) {
	t.Helper()
	m := image(t, s, home, ocispec.MediaTypeImageManifest, "layer")
	store(s, home, "1.0", m)
	for i := range n {
		b := bundle(t, s, home, m, fmt.Sprint("bundle ", i))
		store(s, home, b.Digest.String(), b)
		bundles = append(bundles, b.Digest)
	}
	return m.Digest, bundles
}

func digests(list []ocispec.Descriptor) []digest.Digest {
	all := make([]digest.Digest, 0, len(list))
	for _, d := range list {
		all = append(all, d.Digest)
	}
	return all
}

func TestReferrers(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*artifactory.Knobs){
		"one page":     nil,
		"pages of one": func(k *artifactory.Knobs) { k.ReferrersPageSize = 1 },
		"pages of two, reverse": func(k *artifactory.Knobs) {
			k.ReferrersPageSize, k.ReferrersOrder = 2,
				artifactory.Reverse
		},
		"with a charset": func(k *artifactory.Knobs) { k.ReferrersCharset, k.ReferrersPageSize = true, 1 },
		"config type":    func(k *artifactory.Knobs) { k.ReferrersConfigType = true },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := double(t, change)
			subject, bundles := signed(t, s, app(), 5)
			got, supported, err := c.Referrers(t.Context(), app(), subject)
			require.NoError(t, err)
			assert.True(t, supported)
			assert.ElementsMatch(t, bundles, digests(got))
			for _, r := range s.Log() {
				assert.NotContains(t, r.Query, "artifactType", "no filter")
			}

			got, supported, err = c.Referrers(t.Context(), app(), digest.FromString("unknown"))
			require.NoError(t, err)
			assert.True(t, supported, "the API is there, though it knows nothing of this digest")
			assert.Empty(t, got)
		})
	}
}

// 404, 400, 405 and 406 mean that there is no such API, whatever the body says, if the server says it; anything else is
// an error and never "none".
func TestReferrersStatus(t *testing.T) {
	t.Parallel()
	const nameUnknown = `{"errors":[{"code":"NAME_UNKNOWN","message":"unknown"}]}`
	bodies := map[string]string{"": "", "page": "<html>", "JSON": `{"errors":[{"code":"NOT_FOUND"}]}`, "name unknown": nameUnknown}
	for _, status := range []int{404, 400, 405, 406} {
		for name, body := range bodies {
			c := scripted(t, func(w http.ResponseWriter, _ *http.Request) { write(w, status, body, "X-Artifactory-Id", "x") })
			list, supported, err := c.Referrers(t.Context(), app(), digest.FromString("image"))
			require.NoError(t, err, name)
			assert.False(t, supported, status)
			assert.Empty(t, list)
		}
	}
	for _, status := range []int{202, 204, 401, 403, 409, 410, 429, 500, 501, 503} {
		c := scripted(t, func(w http.ResponseWriter, _ *http.Request) { write(w, status, "") })
		list, supported, err := c.Referrers(t.Context(), app(), digest.FromString("image"))
		require.Error(t, err, status)
		assert.False(t, supported)
		assert.Empty(t, list)
		got, _ := failure.Status(err)
		assert.Equal(t, status, got)
	}
}

func TestReferrersOfTheDouble(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*artifactory.Knobs)
		status int
	}{
		"off":          {func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }, 0},
		"name unknown": {func(k *artifactory.Knobs) { k.ReferrersStatus = http.StatusNotFound }, 0},
		"405":          {func(k *artifactory.Knobs) { k.ReferrersStatus = http.StatusMethodNotAllowed }, 0},
		"401":          {func(k *artifactory.Knobs) { k.ReferrersStatus = http.StatusUnauthorized }, http.StatusUnauthorized},
		"403":          {func(k *artifactory.Knobs) { k.ReferrersStatus = http.StatusForbidden }, http.StatusForbidden},
		"500": {
			func(k *artifactory.Knobs) { k.ReferrersStatus = http.StatusInternalServerError },
			http.StatusInternalServerError,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := double(t, tt.change)
			subject, _ := signed(t, s, app(), 1)
			list, supported, err := c.Referrers(t.Context(), app(), subject)
			status, _ := failure.Status(err)
			assert.Equal(t, tt.status, status)
			assert.Equal(t, tt.status != 0, err != nil)
			assert.False(t, supported)
			assert.Empty(t, list)
		})
	}
}

func TestReferrersAnswersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const index = ocispec.MediaTypeImageIndex
	tests := map[string]struct{ mediaType, body, fails string }{
		"a sign-in page":       {"text/html", "<html>", "text/html"},
		"plain JSON":           {"application/json", `{"manifests":[]}`, "application/json"},
		"an image":             {ocispec.MediaTypeImageManifest, `{}`, "instead of an index"},
		"type cannot be read":  {index + "; =", `{"manifests":[]}`, "instead of an index"},
		"no JSON":              {index, "<html>", "decode"},
		"cut off":              {index, `{"manifests":[`, "decode"},
		"entry without digest": {index, `{"manifests":[{"mediaType":"x/y"}]}`, `digest ""`},
		"entry names a tag":    {index, `{"manifests":[{"digest":"latest"}]}`, `digest "latest"`},
		"entry names a path":   {index, `{"manifests":[{"digest":"sha256:../../x"}]}`, "../../x"},
		"page over the limit":  {index, `{"x":"` + strings.Repeat("x", 9<<20) + `","manifests":[]}`, "decode"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
				write(w, http.StatusOK, tt.body, "Content-Type", tt.mediaType)
			})
			_, supported, err := c.Referrers(t.Context(), app(), digest.FromString("image"))
			require.ErrorContains(t, err, tt.fails)
			assert.False(t, supported)
		})
	}
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		write(w, http.StatusOK, `{"manifests":[]}`)
	})
	_, _, err := c.Referrers(t.Context(), app(), digest.FromString("image"))
	assert.ErrorContains(t, err, "instead of an index")
}

func page(n int) string {
	d := digest.FromString(fmt.Sprint("referrer ", n))
	return `{"manifests":[{"mediaType":"x/y","digest":"` + d.String() + `","size":1}]}`
}

func TestReferrersFollowLinks(t *testing.T) {
	t.Parallel()
	const v2 = "/v2/team/sub/app/referrers/"
	const full = "/artifactory/api/docker/Docker-DEV" + v2
	subject := digest.FromString("image").String()
	for name, link := range map[string]string{
		"the whole path":         full + subject + "?page=2",
		"the path of a registry": v2 + subject + "?page=2",
		"the query":              "?page=2",
		"the last part":          "./" + subject + "?page=2",
		"absolute":               "http://HOST" + full + subject + "?page=2",
		"absolute, of registry":  "http://HOST" + v2 + subject + "?page=2",
		"another endpoint":       v2 + "next/page?page=2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
				assert.True(t, strings.HasPrefix(r.URL.Path, full), r.URL.Path)
				if r.URL.Query().Get("page") == "2" {
					write(w, http.StatusOK, page(2), "Content-Type", ocispec.MediaTypeImageIndex)
					return
				}
				write(w, http.StatusOK, page(1), "Content-Type", ocispec.MediaTypeImageIndex,
					"Link", "<"+strings.ReplaceAll(link, "HOST", r.Host)+`>; rel="next"`)
			})
			got, supported, err := c.Referrers(t.Context(), app(), digest.FromString("image"))
			require.NoError(t, err)
			assert.True(t, supported)
			assert.Equal(t, []digest.Digest{digest.FromString("referrer 1"), digest.FromString("referrer 2")}, digests(got))
		})
	}
}

func TestReferrersRefuseLinks(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]string{
		"another host":     `<http://other.example.com/v2/x>; rel="next"`,
		"another port":     `<http://127.0.0.1:1/v2/x>; rel="next"`,
		"another scheme":   `<https://HOST/v2/x>; rel="next"`,
		"no angle bracket": `/v2/x`,
		"not closed":       `</v2/x`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
				write(w, http.StatusOK, page(1), "Content-Type", ocispec.MediaTypeImageIndex, "Link",
					strings.ReplaceAll(link, "HOST", r.Host))
			})
			list, supported, err := c.Referrers(t.Context(), app(), digest.FromString("image"))
			require.ErrorContains(t, err, "link")
			assert.False(t, supported)
			assert.Empty(t, list)
		})
	}
}

// A page that is missing in the middle is a list that is not whole, not a registry without the API.
func TestReferrersNeedEveryPage(t *testing.T) {
	t.Parallel()
	for _, first := range []string{page(1), `{"manifests":[]}`} {
		for _, status := range []int{400, 401, 403, 404, 405, 406, 500} {
			c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery != "" {
					write(w, status, "")
					return
				}
				write(w, http.StatusOK, first, "Content-Type", ocispec.MediaTypeImageIndex, "Link", `<?page=2>; rel="next"`)
			})
			list, supported, err := c.Referrers(t.Context(), app(), digest.FromString("image"))
			require.Error(t, err, status)
			assert.False(t, supported)
			assert.Empty(t, list)
			if got, ok := failure.Status(err); ok || status != http.StatusNotFound {
				assert.Equal(t, status, got)
			}
		}
	}
}

// A registry that links in a circle ends by the number of entries.
func TestReferrersAreBounded(t *testing.T) {
	t.Parallel()
	entry := `{"digest":"` + digest.FromString("x").String() + `"}`
	full := `{"manifests":[` + strings.Repeat(entry+",", 40_000) + entry + `]}`
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, full, "Content-Type", ocispec.MediaTypeImageIndex, "Link", `<?again>; rel="next"`)
	})
	_, _, err := c.Referrers(t.Context(), app(), digest.FromString("image"))
	assert.ErrorContains(t, err, "more than 100000 entries")
}

// The words of the API may be parts of an image's path.
func TestPathsWithWordsOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"referrers", "team/referrers/app", "manifests/blobs/referrers", "v2/api/docker"} {
		s, c := double(t, nil)
		home := reference.Image{Repo: app().Repo, Path: path}
		subject, bundles := signed(t, s, home, 1)
		m, err := c.Manifest(t.Context(), home, "1.0")
		require.NoError(t, err, path)
		assert.Equal(t, subject, m.Digest)
		_, err = c.Manifest(t.Context(), home, "2.0")
		require.ErrorIs(t, err, failure.ErrNotFound)
		got, supported, err := c.Referrers(t.Context(), home, subject)
		require.NoError(t, err)
		assert.True(t, supported)
		assert.Equal(t, bundles, digests(got))
	}
}
