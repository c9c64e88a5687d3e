package artifactory_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/memory"
	orasremote "oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

func start(t *testing.T, o ...artifactory.Option) *artifactory.Server {
	t.Helper()
	return artifactory.Start(t, append([]artifactory.Option{
		artifactory.WithRepository(artifactory.Repository{Key: "dev"}),
		artifactory.WithRepository(artifactory.Repository{Key: "prod"}),
		artifactory.WithUser(artifactory.User{Name: "admin", Password: "secret", Token: "admin-token", Admin: true}),
	}, o...)...)
}

func ref(t *testing.T, s *artifactory.Server, image string) name.Reference {
	t.Helper()
	r, err := name.ParseReference(s.Host() + "/" + image)
	require.NoError(t, err)
	return r
}

var basic = remote.WithAuth(&authn.Basic{Username: "admin", Password: "secret"})

// Facts 7.1, 7.2: repo-path access with the token dance, as docker, crane and cosign do it.
func TestCranePushesAndPullsAnImage(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, err := random.Image(1000, 3)
	require.NoError(t, err)
	r := ref(t, s, "dev/team/app:1.0")
	require.NoError(t, remote.Write(r, image, basic))

	pulled, err := remote.Image(r, basic)
	require.NoError(t, err)
	require.NoError(t, validate.Image(pulled))
	want, err := image.Digest()
	require.NoError(t, err)
	got, err := pulled.Digest()
	require.NoError(t, err)
	assert.Equal(t, want, got)

	files := s.Snapshot()
	assert.Equal(t, want.Hex, files["dev/team/app/1.0/manifest.json"], "2.1: the manifest's sha256 is the digest")
	assert.Len(t, files, 1+1+3, "2.1: manifest, config and layers lie in the tag folder")
	layers := int64(3 * 1000)
	stats := s.Stats()
	assert.GreaterOrEqual(t, stats.LayerBytesUp, layers)
	assert.GreaterOrEqual(t, stats.LayerBytesDown, layers)
}

// Facts 2.1, 2.3: children of an index go into digest folders.
func TestCranePushesAnIndex(t *testing.T) {
	t.Parallel()
	s := start(t)
	index, err := random.Index(100, 1, 2)
	require.NoError(t, err)
	r := ref(t, s, "dev/app:multi")
	require.NoError(t, remote.WriteIndex(r, index, basic))
	pulled, err := remote.Index(r, basic)
	require.NoError(t, err)
	require.NoError(t, validate.Index(pulled))

	files := s.Snapshot()
	digest, err := index.Digest()
	require.NoError(t, err)
	assert.Equal(t, digest.Hex, files["dev/app/multi/list.manifest.json"])
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	for _, child := range manifest.Manifests {
		assert.Equal(t, child.Digest.Hex, files["dev/app/"+child.Digest.String()+"/manifest.json"])
	}
}

func orasRepository(t *testing.T, s *artifactory.Server, image string) *orasremote.Repository {
	t.Helper()
	r, err := orasremote.NewRepository(s.Host() + "/" + image)
	require.NoError(t, err)
	r.PlainHTTP = true
	r.Client = &auth.Client{Credential: auth.StaticCredential(s.Host(), auth.Credential{
		Username: "admin",
		Password: "secret",
	})}
	return r
}

// Facts 3: with the referrers API on, oras relies on OCI-Subject and writes no fallback tag; off, it does.
func TestOrasAttachesAReferrer(t *testing.T) {
	t.Parallel()
	for mode, on := range map[string]bool{"API": true, "fallback tag": false} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			if !on {
				s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff })
			}
			r := orasRepository(t, s, "dev/app")
			subject := attach(t, r)

			var found []ocispec.Descriptor
			require.NoError(t, r.Referrers(t.Context(), subject, "application/x.test", func(page []ocispec.Descriptor) error {
				found = append(found, page...)
				return nil
			}))
			require.Len(t, found, 1)
			assert.Equal(t, "application/x.test", found[0].ArtifactType)
			fallback := "dev/app/" + strings.Replace(subject.Digest.String(), ":", "-", 1) + "/list.manifest.json"
			if on {
				assert.NotContains(t, s.Snapshot(), fallback)
			} else {
				assert.Contains(t, s.Snapshot(), fallback)
			}
		})
	}
}

// attach pushes an artifact and another one that refers to it.
func attach(t *testing.T, r *orasremote.Repository) ocispec.Descriptor {
	t.Helper()
	subject := pack(t, r, oras.PackManifestOptions{}, "subject")
	pack(t, r, oras.PackManifestOptions{Subject: &subject}, "")
	return subject
}

func pack(t *testing.T, r *orasremote.Repository, o oras.PackManifestOptions, tag string) ocispec.Descriptor {
	t.Helper()
	ctx := context.Background()
	store := memory.New()
	d, err := oras.PackManifest(ctx, store, oras.PackManifestVersion1_1, "application/x.test", o)
	require.NoError(t, err)
	if tag == "" {
		require.NoError(t, oras.CopyGraph(ctx, store, r, d, oras.DefaultCopyGraphOptions))
		return d
	}
	require.NoError(t, store.Tag(ctx, d, tag))
	_, err = oras.Copy(ctx, store, tag, r, tag, oras.DefaultCopyOptions)
	require.NoError(t, err)
	return d
}

// Facts 7.3, 7.5: by tag and digest, tags/list in pages.
func TestCraneListsTagsAndDeletes(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.TagsPageSize = 2 }))
	tags := []string{"a", "b", "c", "d", "e"}
	var image v1.Image
	for _, tag := range tags {
		var err error
		image, err = random.Image(10, 1)
		require.NoError(t, err)
		require.NoError(t, remote.Write(ref(t, s, "dev/app:"+tag), image, basic))
	}
	got, err := remote.List(ref(t, s, "dev/app:a").Context(), basic)
	require.NoError(t, err)
	assert.Equal(t, tags, got)

	digest, err := image.Digest()
	require.NoError(t, err)
	require.NoError(t, remote.Delete(ref(t, s, "dev/app@"+digest.String()), basic))
	_, err = remote.Head(ref(t, s, "dev/app:e"), basic)
	assert.Error(t, err)
	require.NoError(t, remote.Delete(ref(t, s, "dev/app:a"), basic))
	_, err = remote.Head(ref(t, s, "dev/app:a"), basic)
	assert.Error(t, err)
}
