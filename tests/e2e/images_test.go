//go:build e2e

package e2e

import (
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"
)

const layerSize, layers = 64 << 10, 2

func (w *world) remoteOptions() remote.Option {
	return remote.WithAuth(&authn.Basic{Username: user, Password: password})
}

func (w *world) parse(ref string) name.Reference {
	w.t.Helper()
	parsed, err := name.ParseReference(ref)
	require.NoError(w.t, err)
	return parsed
}

// image makes an image for a platform; its configuration names the platform, as validating clients demand.
func (w *world) image(platform v1.Platform) v1.Image {
	w.t.Helper()
	img, err := random.Image(layerSize, layers)
	require.NoError(w.t, err)
	config, err := img.ConfigFile()
	require.NoError(w.t, err)
	config = config.DeepCopy()
	config.OS, config.Architecture = platform.OS, platform.Architecture
	img, err = mutate.ConfigFile(img, config)
	require.NoError(w.t, err)
	return img
}

// pushImage pushes a single-platform image and gives its reference by digest.
func (w *world) pushImage(repo, image, tag string) string {
	w.t.Helper()
	img := w.image(v1.Platform{OS: "linux", Architecture: "amd64"})
	require.NoError(w.t, remote.Write(w.parse(w.ref(repo, image)+":"+tag), img, w.remoteOptions()))
	digest, err := img.Digest()
	require.NoError(w.t, err)
	return w.ref(repo, image) + "@" + digest.String()
}

// pushIndex pushes a 2-platform image and gives its reference by digest and those of its children.
func (w *world) pushIndex(repo, image, tag string) (string, []string) {
	w.t.Helper()
	var index v1.ImageIndex = empty.Index
	var children []string
	for _, arch := range []string{"amd64", "arm64"} {
		platform := v1.Platform{OS: "linux", Architecture: arch}
		img := w.image(platform)
		digest, err := img.Digest()
		require.NoError(w.t, err)
		children = append(children, w.ref(repo, image)+"@"+digest.String())
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &platform}})
	}
	require.NoError(w.t, remote.WriteIndex(w.parse(w.ref(repo, image)+":"+tag), index, w.remoteOptions()))
	digest, err := index.Digest()
	require.NoError(w.t, err)
	return w.ref(repo, image) + "@" + digest.String(), children
}

// putManifest pushes raw bytes under a tag, with the media type of what was there.
func (w *world) putManifest(tag, content string) {
	w.t.Helper()
	ref := w.parse(tag)
	before, err := remote.Get(ref, w.remoteOptions())
	require.NoError(w.t, err)
	require.NotEqual(w.t, string(before.Manifest), content)
	before.Manifest = []byte(content)
	require.NoError(w.t, remote.Put(ref, before, w.remoteOptions()))
}
