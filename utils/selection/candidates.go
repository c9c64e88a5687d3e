package selection

import (
	"context"
	"slices"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Reader reads what is behind a tag, and tells whether that is an image.
type Reader interface {
	IsImage(ctx context.Context, ref reference.Reference) (bool, error)
}

// readsAtOnce bounds the reads of tags that look like attachments; the transport bounds those of the whole run.
const readsAtOnce = 8

// candidates are tags that may be images, each once, in the order in which they were found.
type candidates struct {
	refs []reference.Reference
	// digests are those that the search told of.
	digests map[reference.Reference]digest.Digest
	held    map[holding]bool
}

// holding is a digest in an image.
type holding struct {
	image  reference.Image
	digest digest.Digest
}

func newCandidates() candidates {
	return candidates{digests: map[reference.Reference]digest.Digest{}, held: map[holding]bool{}}
}

// hold notes a manifest of an image.
func (c *candidates) hold(image reference.Image, d digest.Digest) {
	if d != "" {
		c.held[holding{image, d}] = true
	}
}

// add takes a folder for a tag, if its name can be one. The digest is that of its manifest, or empty where the search
// does not tell it.
func (c *candidates) add(r reference.Reference, d digest.Digest) {
	known, again := c.digests[r]
	switch {
	case reference.CheckTag(r.Tag) != nil:
	case !again:
		c.refs = append(c.refs, r)
		c.digests[r] = d
	case known == "":
		c.digests[r] = d
	case d != "" && d != known:
		// A folder with both manifest files: only a read tells which of them is served.
		c.digests[r] = several
	}
}

// several stands for the digest of a folder with more than one manifest.
const several = digest.Digest("several")

// manifestOf returns the digest of the manifest that a row tells of, or nothing.
func manifestOf(item artifactory.Item) digest.Digest {
	if item.SHA256 == "" || !slices.Contains(manifest.FileNames(), item.Name) {
		return ""
	}
	return digest.NewDigestFromEncoded(digest.SHA256, item.SHA256)
}

// images returns the tags that are images: those that do not look like attachments, those that are named after
// themselves, and of the others those that turn out to be when they are read.
func (c *candidates) images(ctx context.Context, reader Reader) ([]reference.Reference, error) {
	isImage := make([]bool, len(c.refs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for i, r := range c.refs {
		_, looksAttached := attachment.Named(r.Tag)
		has := func(d digest.Digest) bool { return c.held[holding{r.Image, d}] }
		switch {
		case !looksAttached, attachment.NamesItself(r.Tag, c.digests[r]):
			isImage[i] = true
		case !attachment.Expected(r.Tag, has):
			group.Go(func() (err error) {
				isImage[i], err = reader.IsImage(ctx, r)
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var images []reference.Reference
	for i, r := range c.refs {
		if isImage[i] {
			images = append(images, r)
		}
	}
	return images, nil
}
