package inventory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// RepositoryIndex is what a search found in one repository: its images by image path.
type RepositoryIndex struct {
	Repo   string
	Images map[string]*ImageIndex
}

// NewRepositoryIndex returns an empty one.
func NewRepositoryIndex(repo string) *RepositoryIndex {
	return &RepositoryIndex{Repo: repo, Images: map[string]*ImageIndex{}}
}

// Load streams the manifests of a repository by image path, those that wanted lets pass; nil lets all pass.
func (s Server) Load(ctx context.Context, repo string, wanted func(path string) bool) (*RepositoryIndex, error) {
	s.Begin("searching "+repo, 0)
	index := NewRepositoryIndex(repo)
	for file, err := range s.Finder.ManifestFiles(ctx, repo) {
		if err != nil {
			return nil, err
		}
		s.Done()
		if wanted == nil || wanted(owner(file.Image.Path, file.Folder)) {
			index.Image(file.Image.Path).Put(file)
		}
	}
	return index, nil
}

// Image returns the image of an image path, a new one if need be.
func (repo *RepositoryIndex) Image(path string) *ImageIndex {
	found := repo.Images[path]
	if found == nil {
		path = strings.Clone(path)
		found = newImageIndex(reference.Image{Repo: repo.Repo, Path: path})
		repo.Images[path] = found
	}
	return found
}

// Sorted returns the images in the order of their paths, so that results do not depend on timing.
func (repo *RepositoryIndex) Sorted() []*ImageIndex {
	indexes := make([]*ImageIndex, 0, len(repo.Images))
	for _, path := range slices.Sorted(maps.Keys(repo.Images)) {
		indexes = append(indexes, repo.Images[path])
	}
	return indexes
}

// Begin tells Progress, if there is one, of a stage.
func (s Server) Begin(stage string, total int) {
	if s.Progress != nil {
		s.Progress.Begin(stage, total)
	}
}

// Done tells Progress that one more is done.
func (s Server) Done() {
	if s.Progress != nil {
		s.Progress.Done(1)
	}
}

// Digests counts on how many images each digest is.
func (repo *RepositoryIndex) Digests() map[digest.Digest]int {
	all := map[digest.Digest]int{}
	for _, one := range repo.Images {
		for d := range one.Digests() {
			all[d]++
		}
	}
	return all
}

// AttachedEverywhere returns the referrers that are attached to every image which holds their subject: no other
// repository has to be asked.
func (repo *RepositoryIndex) AttachedEverywhere() map[digest.Digest]bool {
	type pair struct{ subject, referrer digest.Digest }
	count := map[pair]int{}
	for _, one := range repo.Images {
		for subject, attached := range one.bySubject {
			for _, h := range attached {
				if h.Storage != attachment.SuffixTag && h.Condition == Sound {
					count[pair{subject, h.Digest}]++
				}
			}
		}
	}
	held, all := repo.Digests(), map[digest.Digest]bool{}
	for p, n := range count {
		if n >= held[p.subject] {
			all[p.referrer] = true
		}
	}
	return all
}
