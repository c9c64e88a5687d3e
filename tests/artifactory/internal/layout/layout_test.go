package layout

import (
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var hex = strings.Repeat("0a", 32)

// Facts 2.1 to 2.4.
func TestNames(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "sha256__"+hex, BlobFile("sha256:"+hex))
	assert.Equal(t, "sha256:"+hex, BlobDigest("sha256__"+hex))
	assert.Empty(t, BlobDigest("sha256:"+hex), "that is a folder")
	assert.True(t, IsDigestFolder("sha256:"+hex))
	assert.True(t, IsDigestFolder("sha256__"+hex), "2.2: in remote caches")
	assert.False(t, IsDigestFolder("sha256-"+hex))
	assert.False(t, ValidDigest("sha512:"+hex+hex))
	for _, tag := range []string{"sha256-" + hex, "sha256-" + hex + ".sig", "pfx-sha256-" + hex + ".att", "pfxsha256-" +
		hex + ".custom"} {
		assert.True(t, IsAttachmentTag(tag), tag)
		assert.True(t, ValidTag(tag), "1.4: such tags are legal")
	}
	assert.False(t, IsAttachmentTag("1.0"))
	assert.True(t, IsFallbackTag("sha256-"+hex))
	assert.False(t, IsFallbackTag("sha256-"+hex+".sig"))
	assert.True(t, ValidImage("team/app"))
	assert.False(t, ValidImage("Team/app"))
	assert.Equal(t, List, ManifestFile(TypeDockerList))
	assert.Equal(t, Manifest, ManifestFile(TypeArtifactManifest))
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	config := `"config":{"mediaType":"x","digest":"sha256:` + hex + `","size":1}`
	for name, c := range map[string]struct{ mediaType, raw string }{
		"no JSON":            {ocispec.MediaTypeImageManifest, `{`},
		"other type":         {"application/json", `{}`},
		"contradiction":      {ocispec.MediaTypeImageManifest, `{"mediaType":"` + ocispec.MediaTypeImageIndex + `",` + config + `}`},
		"no config":          {ocispec.MediaTypeImageManifest, `{"layers":[]}`},
		"image with a list":  {TypeDockerManifest, `{` + config + `,"manifests":[{"digest":"sha256:` + hex + `"}]}`},
		"a malformed digest": {ocispec.MediaTypeImageIndex, `{"manifests":[{"digest":"sha256:1"}]}`},
	} {
		_, err := Parse(c.mediaType, []byte(c.raw))
		require.ErrorIs(t, err, ErrManifest, name)
	}
	_, err := Parse(ocispec.MediaTypeImageManifest, []byte(`{`+config+`}`))
	assert.NoError(t, err, "mediaType is optional")
}

// What the statistics call a layer of an image.
func TestImageLayers(t *testing.T) {
	t.Parallel()
	layer := func(mediaType string) []ocispec.Descriptor {
		return []ocispec.Descriptor{{MediaType: mediaType, Digest: "sha256:x"}}
	}
	image := Document{
		Config: &ocispec.Descriptor{MediaType: ocispec.MediaTypeImageConfig},
		Layers: layer(ocispec.MediaTypeImageLayer),
	}
	assert.Len(t, image.ImageLayers("1.0"), 1)
	assert.Len(t, image.ImageLayers("sha256:"+hex), 1)
	assert.Empty(t, image.ImageLayers("sha256-"+hex+".sbom"))
	signature := image
	signature.Layers = layer("application/vnd.dev.cosign.simplesigning.v1+json")
	assert.Empty(t, signature.ImageLayers("sha256:"+hex))
	referrer := image
	referrer.Subject = &ocispec.Descriptor{}
	assert.Empty(t, referrer.ImageLayers("1.0"))
	artifact := image
	artifact.Config = &ocispec.Descriptor{MediaType: ocispec.MediaTypeEmptyJSON}
	assert.Empty(t, artifact.ImageLayers("1.0"))
}
