package selection

import (
	"context"
	"iter"
	"path"

	"github.com/signed-promote/signed-promote/utils/artifactory"
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

// Find searches for the tags that a pattern means. A search finds, it proves no absence: see artifactory.Query.
func Find(ctx context.Context, s Searcher, p Pattern, f Filter) (Found, error) {
	query := artifactory.Query{
		Where: artifactory.All(
			artifactory.Where(artifactory.Repo, artifactory.Equal, p.Repo),
			artifactory.OneOf(artifactory.Name, manifestFiles()...),
			artifactory.Where(artifactory.Path, artifactory.Match, p.folders()),
			f.criterion(),
		),
		Sort: f.Sort, Descending: f.Descending,
	}
	if len(f.Sort) == 0 {
		query.Sort = []artifactory.Field{artifactory.Path}
	}
	found := newFinding()
	for item, err := range s.Search(ctx, query) {
		if err != nil {
			return Found{}, err
		}
		found.add(p, f, refOf(item))
	}
	found.Tags = Limited(f, found.Tags)
	return found.Found, nil
}

// manifestFiles are the names under which Artifactory keeps manifests (facts: tags in local repositories).
func manifestFiles() []string { return []string{"manifest.json", "list.manifest.json"} }

// refOf takes the folder of a file for a tag.
func refOf(item artifactory.Item) reference.Reference {
	image, tag := path.Split(item.Path)
	return reference.Reference{Image: reference.Image{Repo: item.Repo, Path: path.Clean(image)}, Tag: tag}
}

type finding struct {
	Found
	seen map[reference.Reference]bool
	held map[reference.Image]bool
}

func newFinding() *finding {
	return &finding{seen: map[reference.Reference]bool{}, held: map[reference.Image]bool{}}
}

// add takes a tag once. Suffix tags, fallback tags and digest folders are no tags of images.
func (f *finding) add(p Pattern, filter Filter, r reference.Reference) {
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
	if reference.IsImageTag(r.Tag) && !f.seen[r] && !filter.Excludes(r) {
		f.seen[r] = true
		f.Tags = append(f.Tags, r)
	}
}
