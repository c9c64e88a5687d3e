package promotion

import (
	"context"
	"errors"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// begun names the tags of which an interrupted move of every tag has left something behind: the target has them, the
// source, whose tags are given, has not, and something that is left there belongs to their image. A move deletes the
// records on an image last, so that whatever it leaves shows in the root manifest, except for children of children.
func (e *Engine) begun(ctx context.Context, pair *Pair, tags, left []string) ([]string, error) {
	subjects := map[digest.Digest]bool{}
	for _, name := range left {
		if d, ok := subjectOf(name); ok {
			subjects[d] = true
		}
	}
	names := slices.DeleteFunc(pair.To.MayBeImages(), func(name string) bool {
		_, looksAttached := attachment.Named(name)
		return slices.Contains(tags, name) || looksAttached && pair.First.Has(name)
	})
	mine := make([]bool, len(names))
	calls := make([]func() error, len(names))
	for i, name := range names {
		calls[i] = func() error {
			root, err := e.ShownManifest(ctx, failure.Target, pair.Target, name)
			if errors.Is(err, failure.ErrNotFound) {
				return nil
			}
			if err == nil && belongs(root, subjects) {
				mine[i], err = e.inspect().CountsAsImage(ctx, failure.Target, reference.Reference{Image: pair.Target, Tag: name}, root)
			}
			return remote.Explain(failure.Target, err, pair.Target.Tagged(name), "Read on "+pair.Target.String())
		}
	}
	err := parallel.All(calls...)
	var found []string
	for i, name := range names {
		if mine[i] {
			found = append(found, name)
		}
	}
	return found, err
}

// subjectOf returns the digest that a folder without a tag of its own is about.
func subjectOf(name string) (digest.Digest, bool) {
	if t, ok := reference.ParseSuffixTag(name); ok {
		return t.Subject, true
	}
	return reference.ParseDigestFolder(name)
}

func belongs(root manifest.Manifest, subjects map[digest.Digest]bool) bool {
	if subjects[root.Digest] {
		return true
	}
	return slices.ContainsFunc(root.Content.Manifests, func(child ocispec.Descriptor) bool {
		return subjects[child.Digest] || child.MediaType == ocispec.MediaTypeImageIndex || child.MediaType == manifest.DockerList
	})
}
