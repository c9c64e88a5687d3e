package artifactory_test

import (
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// attachTo pushes a referrer of subject to dev/app through the registry API and returns the answer and its digest.
func attachTo(c client, subject, artifactType string) (reply, string) {
	c.s.PutBlob("dev", "app", []byte("{}"))
	raw := referrerOf(subject, artifactType)
	return c.do("PUT", api+"app/manifests/"+digestOf(raw), string(raw), manifestType), digestOf(raw)
}

func (c client) referrers(path string) (types []any, r reply) {
	c.t.Helper()
	r = c.do("GET", path, "")
	require.Equal(c.t, 200, r.status, r.body)
	for _, m := range r.json(c.t)["manifests"].([]any) {
		types = append(types, m.(map[string]any)["artifactType"])
	}
	return types, r
}

// Facts 3: index, filter, paging, OCI-Subject.
func TestReferrers(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, _ := putImage(s, "dev", "app", "1", "layer")
	c := admin(t, s)
	for _, kind := range []string{"a/1", "a/2", "a/3"} {
		r, _ := attachTo(c, image, kind)
		require.Equal(t, 201, r.status, r.body)
		assert.Equal(t, image, r.header.Get("OCI-Subject"))
	}
	path := api + "app/referrers/" + image
	all, r := c.referrers(path)
	assert.ElementsMatch(t, []any{"a/1", "a/2", "a/3"}, all)
	assert.Equal(t, ocispec.MediaTypeImageIndex, r.header.Get("Content-Type"))
	one, r := c.referrers(path + "?artifactType=a/2")
	assert.Equal(t, []any{"a/2"}, one)
	assert.Equal(t, "artifactType", r.header.Get("OCI-Filters-Applied"))
	none, _ := c.referrers(api + "app/referrers/" + digestOf([]byte("unknown")))
	assert.Empty(t, none)

	s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersPageSize, k.ReferrersOrder = 2, artifactory.Insertion })
	first, r := c.referrers(path)
	assert.Equal(t, []any{"a/1", "a/2"}, first)
	link := r.header.Get("Link")
	require.True(t, strings.HasPrefix(link, "<") && strings.HasSuffix(link, `>; rel="next"`), link)
	rest, r := c.referrers(link[1 : len(link)-len(`>; rel="next"`)])
	assert.Equal(t, []any{"a/3"}, rest)
	assert.Empty(t, r.header.Get("Link"))
}

// Facts 3: after a path copy the index does not know the referrer, until it is pushed.
func TestReferrersAfterACopy(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, _ := putImage(s, "dev", "app", "1", "layer")
	c := admin(t, s)
	_, referrer := attachTo(c, image, "a/b")
	for _, folder := range []string{"1", referrer} {
		require.Equal(t, 200, c.do("POST", "api/copy/dev/app/"+folder+"?to=/prod/app/"+folder, "").status)
	}
	path := "/v2/prod/app/referrers/" + image
	found, _ := c.referrers(path)
	assert.Empty(t, found)
	s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOnPushAndCopy })
	found, _ = c.referrers(path)
	assert.Len(t, found, 1)
	s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOnPush })
	raw := string(referrerOf(image, "a/b"))
	require.Equal(t, 201, c.do("PUT", "/v2/prod/app/manifests/"+referrer, raw, manifestType).status)
	found, _ = c.referrers(path)
	assert.Len(t, found, 1)
	require.Equal(t, 204, c.do("DELETE", "prod/app/"+referrer, "").status)
	found, _ = c.referrers(path)
	assert.Empty(t, found)
}

// Facts 3 and attachments 9: servers without the API, and broken ones.
func TestReferrersFailures(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, _ := putImage(s, "dev", "app", "1", "layer")
	c := admin(t, s)
	path := api + "app/referrers/" + image
	for status, code := range map[int]string{
		404: "NAME_UNKNOWN", 405: "UNSUPPORTED", 401: "UNKNOWN", 403: "UNKNOWN",
		500: "UNKNOWN",
	} {
		s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersStatus = status })
		r := c.do("GET", path, "")
		assert.Equal(t, status, r.status)
		assert.Contains(t, r.body, code)
	}
	s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersStatus, k.ReferrersAPI = 0, artifactory.ReferrersOff })
	off := c.do("GET", path, "")
	assert.Equal(t, 404, off.status)
	assert.NotContains(t, off.body, "NAME_UNKNOWN")
	r, _ := attachTo(c, image, "a/b")
	assert.Equal(t, 201, r.status)
	assert.Empty(t, r.header.Get("OCI-Subject"))
	s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOnPush })
	found, _ := c.referrers(path)
	assert.Empty(t, found, "what was pushed before there was an index is not in it")
}

// Knobs: wrong artifactType, media type with a parameter, no filter.
func TestReferrersOddities(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) {
		k.ReferrersConfigType, k.ReferrersCharset, k.ReferrersNoFilter, k.SubjectHeader = true, true, true, false
	}))
	image, _ := putImage(s, "dev", "app", "1", "layer")
	put, _ := attachTo(admin(t, s), image, "a/b")
	assert.Empty(t, put.header.Get("OCI-Subject"))
	types, r := admin(t, s).referrers(api + "app/referrers/" + image + "?artifactType=other")
	assert.Equal(t, []any{ocispec.MediaTypeEmptyJSON}, types)
	assert.Equal(t, ocispec.MediaTypeImageIndex+"; charset=utf-8", r.header.Get("Content-Type"))
	assert.Empty(t, r.header.Get("OCI-Filters-Applied"))
}

// Knob: attachments that come before their subject.
func TestAttachmentBeforeSubject(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change         func(*artifactory.Knobs)
		status, listed int
	}{
		"accepted": {func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessAccepted }, 201, 1},
		"refused":  {func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessRefused }, 404, 0},
		"unlisted": {func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessUnlisted }, 201, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithKnobs(c.change))
			raw, _ := imageManifest(s, "dev", "app", "layer")
			r, _ := attachTo(admin(t, s), digestOf(raw), "a/b")
			assert.Equal(t, c.status, r.status)
			s.PutManifest("dev", "app", "1", ocispec.MediaTypeImageManifest, raw)
			found, _ := admin(t, s).referrers(api + "app/referrers/" + digestOf(raw))
			assert.Len(t, found, c.listed)
		})
	}
}
