package selection

import (
	"context"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// reads holds what tags are that have to be read, and takes down which are.
type reads struct {
	images map[string]bool
	asked  chan string
}

// IsImage answers from the map.
func (r reads) IsImage(_ context.Context, ref reference.Reference) (bool, error) {
	r.asked <- ref.Tag
	return r.images[ref.Tag], nil
}

// A signature of an image that is there is none, without a read; what has lost its subject, or has another suffix, is
// read.
func TestWhichCandidatesAreImages(t *testing.T) {
	t.Parallel()
	image := reference.Image{Repo: "docker-dev-local", Path: "team/app"}
	root, gone, record := digest.FromString("root"), digest.FromString("gone"), digest.FromString("record")
	signature, lost := "sha256-"+root.Encoded()+".sig", "sha256-"+gone.Encoded()+".sig"
	mirrored, itself := "sha256-"+gone.Encoded()+".amd64", "sha256-"+root.Encoded()+".imgpkg"
	c := newCandidates()
	for tag, d := range map[string]digest.Digest{
		"1.0": root, signature: record, lost: record, mirrored: root,
		itself: root,
	} {
		c.hold(image, d)
		c.add(reference.Reference{Image: image, Tag: tag}, d)
	}
	r := reads{images: map[string]bool{mirrored: true}, asked: make(chan string, 5)}
	images, err := c.images(t.Context(), r)
	require.NoError(t, err)
	close(r.asked)
	var tags, asked []string
	for _, ref := range images {
		tags = append(tags, ref.Tag)
	}
	for tag := range r.asked {
		asked = append(asked, tag)
	}
	assert.ElementsMatch(t, []string{"1.0", mirrored, itself}, tags)
	assert.ElementsMatch(t, []string{lost, mirrored}, asked)
}
