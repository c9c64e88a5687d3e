package scenario

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const layerSize, layers = 4 << 10, 2

func (w *world) login() remote.Option {
	return remote.WithAuth(&authn.Basic{Username: w.User, Password: w.Token})
}

func (w *world) parse(ref string) name.Reference {
	options := []name.Option{}
	if w.Client.Insecure() {
		options = append(options, name.Insecure)
	}
	parsed, err := name.ParseReference(ref, options...)
	if err != nil {
		w.fail("%w", err)
	}
	return parsed
}

// platform makes an image whose configuration names its platform, as validating clients demand.
func platform(p v1.Platform) (v1.Image, error) {
	img, err := random.Image(layerSize, layers)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = p.OS, p.Architecture
	return mutate.ConfigFile(img, config)
}

// pushImage pushes an image of one platform to a repository and gives its reference by digest.
func (w *world) pushImage(repo, tag string) string {
	img, err := platform(v1.Platform{OS: "linux", Architecture: "amd64"})
	ref := w.parse(w.ref(repo) + ":" + tag)
	if err == nil && w.err == nil {
		err = remote.Write(ref, img, w.login(), remote.WithContext(w.ctx))
	}
	if err != nil || w.err != nil {
		w.fail("pushing an image: %w", err)
		return ""
	}
	return w.byDigest(repo, img)
}

func (w *world) byDigest(repo string, m interface{ Digest() (v1.Hash, error) }) string {
	digest, err := m.Digest()
	if err != nil {
		w.fail("%w", err)
	}
	return w.ref(repo) + "@" + digest.String()
}

// pushIndex pushes an image of two platforms to the source and gives the references of the index and of its children.
func (w *world) pushIndex(tag string) (list string, children []string) {
	var index v1.ImageIndex = empty.Index
	for _, arch := range []string{"amd64", "arm64"} {
		p := v1.Platform{OS: "linux", Architecture: arch}
		img, err := platform(p)
		if err != nil {
			w.fail("making an image: %w", err)
			return "", nil
		}
		children = append(children, w.byDigest(w.Pair.Source, img))
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &p}})
	}
	ref := w.parse(w.ref(w.Pair.Source) + ":" + tag)
	if w.err != nil {
		return "", nil
	}
	if err := remote.WriteIndex(ref, index, w.login(), remote.WithContext(w.ctx)); err != nil {
		w.fail("pushing an index: %w", err)
		return "", nil
	}
	return w.byDigest(w.Pair.Source, index), children
}

// digestOf returns the digest of a reference by digest.
func digestOf(ref string) string { return ref[strings.Index(ref, "@")+1:] }

// atTarget returns the same digest at the target.
func (w *world) atTarget(ref string) string { return w.ref(w.Pair.Target) + "@" + digestOf(ref) }
