package inventory

import (
	"context"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// lookAlikes finds the images among tags that look like attachments. What is named after itself is one, an index was
// read already, and of cosign's records the rows of a search decide later, see looksLike; everything else is read.
func (v Discovery) lookAlikes(ctx context.Context, index *ImageIndex) error {
	var open []digest.Digest
	names := map[digest.Digest][]string{}
	for name, f := range index.Folders {
		subject, ok := attachment.Named(name)
		switch {
		case !ok:
		case attachment.NamesItself(name, f.Digest):
			index.markImage(name)
		case f.List, !hasRows(name) && v.wants(subject):
			if names[f.Digest] == nil {
				open = append(open, f.Digest)
			}
			names[f.Digest] = append(names[f.Digest], name)
		}
	}
	return parallel.Each(ctx, ReadsAtOnce, open, func(ctx context.Context, d digest.Digest) error {
		info, found, err := v.read(ctx, index, d)
		for _, name := range names[d] {
			if err != nil {
				index.markOpaque(name, err)
			}
		}
		if err != nil || !found {
			return v.Tolerate(ctx, index, d, found, err)
		}
		for _, name := range names[d] {
			if index.holdsImage(name, info) {
				index.markImage(name)
			}
		}
		return nil
	})
}

// holdsImage reports whether what is behind a tag is an image: also what only its tag attaches, to something that is
// not here.
func (index *ImageIndex) holdsImage(name string, info ManifestInfo) bool {
	if info.Shape.IsImage(name) {
		return true
	}
	subject, onlyNamed := info.Shape.OnlyNamed(name)
	return onlyNamed && !index.Digests()[subject]
}

// hasRows reports whether the rows of a search can tell what is behind a tag: whether it has one of cosign's suffixes.
func hasRows(name string) bool {
	return attachment.KindOfTag(name) != attachment.KindOther && !reference.IsFallbackTag(name)
}

// What a record of cosign's takes at least, in bytes, in its compact JSON: all but the layers, and for each layer its
// descriptor, which has a signature or a predicate type beside it, the shortest of them by an Ed25519 key. The layers
// of an image have neither (about 160), and the only one of an SBOM has a shorter type than that of an image.
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
