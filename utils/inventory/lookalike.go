package inventory

import (
	"context"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// lookAlikes finds the images among tags that look like attachments. What is named after itself is one, an index was
// read already, and of cosign's records the rows of a search decide later, see looksLike; everything else is read.
func (v survey) lookAlikes(ctx context.Context, s *shelf) error {
	var open []digest.Digest
	names := map[digest.Digest][]string{}
	for name, f := range s.folders {
		subject, ok := attachment.Named(name)
		switch {
		case !ok:
		case attachment.NamesItself(name, f.digest):
			s.isImage(name)
		case f.list, !hasRows(name) && v.wants(subject):
			if names[f.digest] == nil {
				open = append(open, f.digest)
			}
			names[f.digest] = append(names[f.digest], name)
		}
	}
	return each(ctx, readsAtOnce, open, func(ctx context.Context, d digest.Digest) error {
		c, found, err := v.read(ctx, s, d)
		for _, name := range names[d] {
			if err != nil {
				s.isOpaque(name, err)
			}
		}
		if err != nil || !found {
			return v.tolerate(ctx, s, d, found, err)
		}
		for _, name := range names[d] {
			if s.holdsImage(name, c) {
				s.isImage(name)
			}
		}
		return nil
	})
}

// holdsImage reports whether what is behind a tag is an image: also what only its tag attaches, to something that is
// not here.
func (s *shelf) holdsImage(name string, c card) bool {
	if c.shape.IsImage(name) {
		return true
	}
	subject, onlyNamed := c.shape.OnlyNamed(name)
	return onlyNamed && !s.digests()[subject]
}

// hasRows reports whether the rows of a search can tell what is behind a tag: whether it has one of cosign's suffixes.
func hasRows(name string) bool {
	return attachment.KindOfTag(name) != attachment.KindOther && !reference.IsFallbackTag(name)
}

// What a record of cosign's takes at least, in bytes, in its compact JSON: all but the layers, and for each layer its
// descriptor, which has a signature or a predicate type beside it, the shortest of them by an Ed25519 key. The layers
// of an image have neither (about 160), and the only one of an SBOM has a shorter type than that of an image (facts:
// attachments 2.1).
const (
	leastRecord    = 200
	leastSignature = 300
	leastStatement = 240
	mostSBOM       = 395
	// mostPayload is the most that a payload of a signature has, or the config of a record with some hundred of them.
	mostPayload = 16 << 10
)

// looksLike reports whether a record looks like those that cosign writes, by the number of its files and their sizes.
// What does not is read. A manifest that is made to look like one passes: only a policy proves a signature.
func looksLike(kind attachment.Kind, manifest int64, files map[string]int64) bool {
	payloads := int64(len(files)) - 1 // the config is one of the files
	if len(files) < enough {
		return false
	}
	switch kind {
	case attachment.KindSignature:
		for _, size := range files {
			if size > mostPayload {
				return false
			}
		}
		return manifest >= leastRecord+payloads*leastSignature
	case attachment.KindAttestation:
		return manifest >= leastRecord+payloads*leastStatement
	case attachment.KindSBOM:
		return payloads == 1 && manifest <= mostSBOM
	default:
		return true
	}
}
