package selection

import (
	"context"
	"iter"
	"path"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Searcher searches for files.
type Searcher interface {
	Search(ctx context.Context, q artifactory.Query) iter.Seq2[artifactory.Item, error]
}

// Found is what a search found.
type Found struct {
	// Tags are images, each tag once, in the order of the search.
	Tags []reference.Reference
	// Images are all images that hold anything at all, those too of which only attachments are left.
	Images []reference.Image
}

// Find searches for the tags that a pattern means. A search finds, it proves no absence: see artifactory.Query. Tags
// that look like attachments are read, unless they are those that every signed image has.
func Find(ctx context.Context, s Searcher, r Reader, p Pattern, f Filter) (Found, error) {
	query := artifactory.Query{
		Where: artifactory.All(
			artifactory.Where(artifactory.Repo, artifactory.Equal, p.Repo),
			artifactory.OneOf(artifactory.Name, manifest.FileNames()...),
			artifactory.Where(artifactory.Path, artifactory.Match, p.folders()),
			f.criterion(),
		),
		Fields: []artifactory.Field{artifactory.SHA256}, Sort: f.Sort, Descending: f.Descending,
	}
	if len(f.Sort) == 0 {
		query.Sort = []artifactory.Field{artifactory.Path}
	}
	found := newFinding()
	for item, err := range s.Search(ctx, query) {
		if err != nil {
			return Found{}, err
		}
		found.add(p, f, refOf(item), manifestOf(item))
	}
	images, err := found.candidates.images(ctx, r)
	found.Tags = Limited(f, images)
	return found.Found, err
}

// refOf takes the folder of a file for a tag.
func refOf(item artifactory.Item) reference.Reference {
	image, tag := path.Split(item.Path)
	return reference.Reference{Image: reference.Image{Repo: item.Repo, Path: path.Clean(image)}, Tag: tag}
}

type finding struct {
	Found
	candidates candidates
	held       map[reference.Image]bool
}

func newFinding() *finding {
	return &finding{candidates: newCandidates(), held: map[reference.Image]bool{}}
}

// add takes a manifest's folder once.
func (f *finding) add(p Pattern, filter Filter, r reference.Reference, d digest.Digest) {
	if reference.CheckPath(r.Path) != nil {
		return
	}
	if _, meant := p.Match(r); !meant {
		return
	}
	if !f.held[r.Image] {
		f.held[r.Image] = true
		f.Images = append(f.Images, r.Image)
	}
	f.candidates.hold(r.Image, d)
	if !filter.Excludes(r) {
		f.candidates.add(r, d)
	}
}
