package attachment_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

const (
	imageLayer  = ocispec.MediaTypeImageLayerGzip
	dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
	emptyConfig = "application/vnd.oci.empty.v1+json"
)

// content makes what a manifest with that config and those layers holds.
func content(config string, layers ...string) manifest.Content {
	c := manifest.Content{Config: &ocispec.Descriptor{MediaType: config, Digest: digest.FromString(config), Size: 1}}
	for _, l := range layers {
		c.Layers = append(c.Layers, ocispec.Descriptor{MediaType: l, Digest: digest.FromString(l), Size: 1})
	}
	return c
}

func platformed(platforms ...string) manifest.Content {
	var c manifest.Content
	for _, p := range platforms {
		entry := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromString(p), Size: 1}
		if os, arch, found := strings.Cut(p, "/"); found {
			entry.Platform = &ocispec.Platform{OS: os, Architecture: arch}
		}
		c.Manifests = append(c.Manifests, entry)
	}
	return c
}

func parsed(t *testing.T, mediaType string, c manifest.Content) manifest.Manifest {
	t.Helper()
	r := newRegistry(t, false)
	return r.put("x", mediaType, c)
}

// What can be run shows in the types of its layers: the records of signing tools have the config of an image too.
func TestWhatRuns(t *testing.T) {
	t.Parallel()
	const oci, image = ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageConfig
	for name, tt := range map[string]struct {
		mediaType string
		content   manifest.Content
		want      bool
	}{
		"an image":           {oci, content(image, imageLayer), true},
		"an image of docker": {manifest.DockerManifest, content(manifest.DockerConfig, dockerLayer), true},
		"an image of an old docker": {
			manifest.DockerManifest, content("application/octet-stream", dockerLayer),
			true,
		},
		"an encrypted image": {
			oci, content(image, "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"),
			true,
		},
		"layers that are elsewhere": {manifest.DockerManifest, content(manifest.DockerConfig,
			"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), true},
		"a module of WebAssembly": {oci, content("application/vnd.wasm.config.v0+json", "application/wasm"), true},
		"docker's first form": {
			"application/vnd.docker.distribution.manifest.v1+prettyjws",
			manifest.Content{},
			true,
		},
		"a signature": {oci, content(image, "application/vnd.dev.cosign.simplesigning.v1+json"), false},
		"a signature with docker's types": {manifest.DockerManifest, content(manifest.DockerConfig,
			"application/vnd.dev.cosign.simplesigning.v1+json"), false},
		"attestations":              {oci, content(image, "application/vnd.dsse.envelope.v1+json"), false},
		"an SBOM":                   {oci, content(image, "text/spdx+json"), false},
		"what BuildKit attests":     {oci, content(image, "application/vnd.in-toto+json"), false},
		"a record without entries":  {oci, content(image), false},
		"a folder that oras pushed": {oci, content(emptyConfig, imageLayer), false},
		"a chart": {oci, content("application/vnd.cncf.helm.config.v1+json",
			"application/vnd.cncf.helm.chart.content.v1.tar+gzip"), false},
		"an artifact manifest": {manifest.OCIArtifact, manifest.Content{ArtifactType: "example/x"}, false},
		"platforms":            {ocispec.MediaTypeImageIndex, platformed("linux/amd64"), true},
		"platforms and what attests": {
			ocispec.MediaTypeImageIndex, platformed("linux/amd64", "unknown/unknown"),
			true,
		},
		"what attests alone":                {ocispec.MediaTypeImageIndex, platformed("unknown/unknown"), false},
		"an index of referrers":             {ocispec.MediaTypeImageIndex, platformed("bundle"), false},
		"a list of docker":                  {manifest.DockerList, platformed("x"), true},
		"platforms beside referrers, mixed": {ocispec.MediaTypeImageIndex, platformed("linux/amd64", "bundle"), true},
	} {
		assert.Equal(t, tt.want, attachment.Runs(parsed(t, tt.mediaType, tt.content)), name)
	}
}

// A tag that looks like an attachment holds one only if its content is one. HEX stands for the digest of the manifest
// itself.
func TestWhatIsAnImage(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("0", 64)
	image, record := content(ocispec.MediaTypeImageConfig, imageLayer), content(ocispec.MediaTypeImageConfig,
		"text/spdx+json")
	chart := content("application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
	subject := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromString("subject"), Size: 7}
	referrer, sourceImage := record, image
	referrer.Subject, sourceImage.Subject = &subject, &subject
	const oci, index = ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageIndex
	for name, tt := range map[string]struct {
		mediaType, tag string
		content        manifest.Content
		want           bool
	}{
		"an image":                        {oci, "1.0", image, true},
		"a chart":                         {oci, "1.0", chart, true},
		"a record with a plain tag":       {oci, "1.0-sbom", record, true},
		"a referrer with a plain tag":     {oci, "1.0-sbom", referrer, false},
		"an image that names a subject":   {oci, "1.0-debug", sourceImage, true},
		"imgpkg":                          {oci, "sha256-HEX.imgpkg", image, true},
		"imgpkg, as it was":               {oci, "imgpkg-sha256-HEX", image, true},
		"oc-mirror":                       {oci, "sha256-HEX", image, true},
		"oc-mirror, all platforms":        {index, "sha256-HEX", platformed("linux/amd64"), true},
		"a chart under its digest":        {oci, "sha256-HEX", chart, true},
		"a record under its own digest":   {oci, "sha256-HEX.sbom", record, true},
		"oc-mirror, of the original":      {oci, "sha256-" + other, image, true},
		"oc-mirror, some platforms of it": {index, "sha256-" + other, platformed("linux/amd64", "linux/arm64"), true},
		"a mirror's prefix":               {oci, "mirror-sha256-" + other, image, true},
		"a mirror's platform":             {oci, "sha256-" + other + ".amd64", image, true},
		"a mirror's platforms":            {index, "sha256-" + other + ".all", platformed("linux/amd64"), true},
		"a list of docker": {
			manifest.DockerList, "sha256-" + other + ".all", platformed("linux/amd64"),
			true,
		},
		"source code of a container":         {oci, "sha256-" + other + ".src", image, true},
		"an image where a signature belongs": {oci, "sha256-" + other + ".sig", image, true},
		"an SBOM":                            {oci, "sha256-" + other + ".sbom", record, false},
		"an artifact of tomorrow":            {oci, "sha256-" + other + ".new", chart, false},
		"a chart with a prefix":              {oci, "charts-sha256-" + other, chart, false},
		"a record with a prefix":             {oci, "qa-sha256-" + other + ".sig", record, false},
		"a record with a prefix alone":       {oci, "qa-sha256-" + other, record, false},
		"a record without entries": {
			oci, "sha256-" + other + ".sig", content(ocispec.MediaTypeImageConfig),
			false,
		},
		"an index of referrers":                  {index, "sha256-" + other, platformed("bundle"), false},
		"platforms beside referrers":             {index, "sha256-" + other, platformed("linux/amd64", "bundle"), false},
		"platforms beside referrers, with a tag": {index, "1.0", platformed("linux/amd64", "bundle"), true},
		"no index under a fallback tag":          {oci, "sha256-" + other, record, true},
		"an index of referrers of a sha512":      {index, "sha512-" + other, platformed("bundle"), false},
		"an image under a sha512":                {oci, "sha512-" + other, image, true},
	} {
		m := parsed(t, tt.mediaType, tt.content)
		tag := strings.ReplaceAll(tt.tag, "HEX", m.Digest.Encoded())
		assert.Equal(t, tt.want, attachment.IsImage(tag, m), name)
		assert.Equal(t, tt.tag != tag, attachment.NamesItself(tag, m.Digest), name)
		_, onlyNamed := attachment.OnlyNamed(tag, m)
		assert.Equal(t, name == "an artifact of tomorrow" || name == "a chart with a prefix", onlyNamed, name)
	}
	d, ok := attachment.ShapeOf(parsed(t, oci, referrer)).Subject("1.0-sbom")
	assert.True(t, ok)
	assert.Equal(t, subject.Digest, d)
	d, ok = attachment.ShapeOf(parsed(t, oci, record)).Subject("sha256-" + other + ".sbom")
	assert.True(t, ok)
	assert.Equal(t, other, d.Encoded())
}

// What is behind a suffix tag and can be run travels with its subject. It signs nothing, whatever its suffix.
func TestSourceContainersTravel(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"src", "sig", "att"} {
		r := newRegistry(t, true)
		root := r.image("1.0", "app")
		source := r.put(reference.SuffixTag{Subject: root.Digest, Suffix: suffix}.String(), ocispec.MediaTypeImageManifest,
			content(ocispec.MediaTypeImageConfig, imageLayer))
		g := r.discover(root)
		require.Len(t, g.Attachments, 1)
		assert.Equal(t, source.Digest, g.Attachments[0].Manifest.Digest)
		assert.Equal(t, attachment.KindOther, g.Attachments[0].Kind)
		assert.False(t, g.Signed(root.Digest, ""))
	}
}

// What is named after its own digest is attached to nothing, and above all no signature of itself.
func TestTagsOfTheirOwnDigest(t *testing.T) {
	t.Parallel()
	for suffix, warnings := range map[string]int{"imgpkg": 0, "sig": 1} {
		r := newRegistry(t, true)
		root := r.image("1.0", "app")
		r.folders[reference.SuffixTag{Subject: root.Digest, Suffix: suffix}.String()] = root
		g := r.discover(root)
		assert.Empty(t, g.Attachments)
		assert.Len(t, g.Warnings, warnings)
	}
}

// A ".sig" signs if it has a payload of cosign's with a signature beside it, and says so if it does not.
func TestWhatIsNoSignature(t *testing.T) {
	t.Parallel()
	const payload = "application/vnd.dev.cosign.simplesigning.v1+json"
	note := func(c manifest.Content, value string) manifest.Content {
		c.Layers[0].Annotations = map[string]string{"dev.cosignproject.cosign/signature": value}
		return c
	}
	const image = ocispec.MediaTypeImageConfig
	for name, tt := range map[string]struct {
		content manifest.Content
		kind    attachment.Kind
		says    string
	}{
		"a signature": {note(content(image, payload), "A"), attachment.KindSignature, ""},
		"no annotation": {
			content(image, payload), attachment.KindSignature,
			"its payload has no signature beside it",
		},
		"an empty annotation": {
			note(content(image, payload), ""), attachment.KindSignature,
			"its payload has no signature beside it",
		},
		"an SPDX file": {
			note(content(image, "text/spdx+json"), "A"), attachment.KindSBOM,
			"it holds something else",
		},
		"nothing":                 {content(image), attachment.KindSignature, "it is empty"},
		"an image":                {note(content(image, imageLayer), "A"), attachment.KindOther, "it is an image"},
		"a signature in an image": {note(content(image, payload, imageLayer), "A"), attachment.KindOther, "it is an image"},
	} {
		r := newRegistry(t, true)
		root := r.image("1.0", "app")
		r.put(reference.SuffixTag{Subject: root.Digest, Suffix: "sig"}.String(), ocispec.MediaTypeImageManifest, tt.content)
		g := r.discover(root)
		require.Len(t, g.Attachments, 1, name)
		assert.Equal(t, tt.kind, g.Attachments[0].Kind, name)
		assert.Equal(t, tt.says == "", g.Signed(root.Digest, ""), name)
		if tt.says != "" {
			require.Len(t, g.Warnings, 1, name)
			assert.Contains(t, g.Warnings[0], tt.says, name)
		}
	}
}
