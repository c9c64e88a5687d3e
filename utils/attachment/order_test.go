package attachment

import (
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

func TestBottomUp(t *testing.T) {
	t.Parallel()
	names := func(of ...string) (all []digest.Digest) {
		for _, name := range of {
			all = append(all, digest.FromString(name))
		}
		return all
	}
	g := &Graph{Root: digest.FromString("root"), Nodes: map[digest.Digest]manifest.Manifest{}}
	part := func(name, subject string, children ...string) {
		m := manifest.Manifest{Digest: digest.FromString(name)}
		if subject != "" {
			m.Content.Subject = &ocispec.Descriptor{Digest: digest.FromString(subject)}
		}
		for _, child := range names(children...) {
			m.Content.Manifests = append(m.Content.Manifests, ocispec.Descriptor{Digest: child})
		}
		g.Nodes[m.Digest] = m
	}
	part("root", "", "attestation", "platform", "nested", "about the root")
	part("attestation", "platform")
	part("platform", "")
	part("nested", "elsewhere", "inner", "not there")
	part("inner", "attestation")
	part("about the root", "root")
	assert.Equal(t, names("platform", "attestation", "inner", "not there", "nested", "about the root", "root"),
		g.BottomUp())
}
