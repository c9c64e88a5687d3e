package build

import (
	"context"
	"iter"
	"path"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Searcher searches for files.
type Searcher interface {
	Search(ctx context.Context, q artifactory.Query) iter.Seq2[artifactory.Item, error]
}

// chunk is how many checksums are searched for at once; about 60 fit into a query.
const chunk = 50

// Found is a manifest of a build, at one of its places.
type Found struct {
	Manifest
	Digest digest.Digest
	// Place is its folder: the tag of an image, or what else holds manifests, such as the digest folder of a child.
	Place reference.Reference
}

// IsImage reports whether it is an image with a tag. Behind a tag that looks like an attachment it is one if the build
// says so, and it is none of those that cosign derives.
func (f Found) IsImage() bool {
	_, looksAttached := attachment.Named(f.Place.Tag)
	isTag := reference.CheckTag(f.Place.Tag) == nil && reference.CheckPath(f.Place.Path) == nil
	return isTag && (!looksAttached || f.Image && !attachment.Derived(f.Place.Tag) ||
		attachment.NamesItself(f.Place.Tag, f.Digest))
}

// Find searches for manifests of a build in some repositories, or without any in all that the user may read: by
// checksum and, as the server does it (contract build-one-match), by the properties of the build. Dependencies have
// those of the build that made them.
func Find(ctx context.Context, s Searcher, b artifactory.Build, repos []string, manifests []Manifest) ([]Found, error) {
	var all []Found
	for _, dependency := range []bool{false, true} {
		wanted := slices.DeleteFunc(slices.Clone(manifests), func(m Manifest) bool { return m.Dependency != dependency })
		criteria := []artifactory.Criterion{artifactory.OneOf(artifactory.Repo, repos...)}
		if !dependency {
			criteria = append(criteria, builtBy(b))
		}
		for part := range slices.Chunk(wanted, chunk) {
			found, err := search(ctx, s, part, criteria)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

func builtBy(b artifactory.Build) artifactory.Criterion {
	return artifactory.All(
		artifactory.Where(artifactory.Property("build.name"), artifactory.Equal, b.Name),
		artifactory.Where(artifactory.Property("build.number"), artifactory.Equal, b.Number),
	)
}

func search(ctx context.Context, s Searcher, manifests []Manifest, criteria []artifactory.Criterion) ([]Found, error) {
	sums := make([]artifactory.Checksum, 0, len(manifests))
	for _, m := range manifests {
		sums = append(sums, artifactory.Checksum{SHA256: m.Sha256, SHA1: m.Sha1})
	}
	query := artifactory.Query{
		Where: artifactory.All(append([]artifactory.Criterion{
			artifactory.CopiesOf(sums),
			artifactory.OneOf(artifactory.Name, "manifest.json", "list.manifest.json"),
		}, criteria...)...),
		Fields: []artifactory.Field{artifactory.SHA256, artifactory.SHA1},
		Sort:   []artifactory.Field{artifactory.Repo, artifactory.Path},
	}
	var all []Found
	for item, err := range s.Search(ctx, query) {
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(manifests, func(m Manifest) bool {
			return m.Sha256 == item.SHA256 && m.Sha256 != "" || m.Sha1 == item.SHA1 && m.Sha1 != ""
		})
		if at >= 0 {
			all = append(all, foundAt(manifests[at], item))
		}
	}
	return all, nil
}

func foundAt(m Manifest, item artifactory.Item) Found {
	image, tag := path.Split(item.Path)
	f := Found{Manifest: m, Place: reference.Reference{
		Image: reference.Image{Repo: item.Repo, Path: path.Clean(image)},
		Tag:   tag,
	}}
	if item.SHA256 != "" {
		f.Digest = digest.NewDigestFromEncoded(digest.SHA256, item.SHA256)
	}
	return f
}
