package inventory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// stock is what a search found in one repository: its shelves by image path.
type stock struct {
	repo    string
	shelves map[string]*shelf
}

// load streams the manifests of a repository onto shelves, those that wanted lets pass; nil lets all pass.
func (s Server) load(ctx context.Context, repo string, wanted func(path string) bool) (*stock, error) {
	s.begin("searching "+repo, 0)
	all := &stock{repo: repo, shelves: map[string]*shelf{}}
	for file, err := range s.Finder.ManifestFiles(ctx, repo) {
		if err != nil {
			return nil, err
		}
		s.done()
		if wanted == nil || wanted(owner(file.Image.Path, file.Folder)) {
			all.shelf(file.Image.Path).put(file)
		}
	}
	return all, nil
}

// shelf returns the shelf of an image path, a new one if need be.
func (s *stock) shelf(path string) *shelf {
	found := s.shelves[path]
	if found == nil {
		path = strings.Clone(path)
		found = newShelf(reference.Image{Repo: s.repo, Path: path})
		s.shelves[path] = found
	}
	return found
}

// sorted returns the shelves in the order of their paths, so that results do not depend on timing.
func (s *stock) sorted() []*shelf {
	shelves := make([]*shelf, 0, len(s.shelves))
	for _, path := range slices.Sorted(maps.Keys(s.shelves)) {
		shelves = append(shelves, s.shelves[path])
	}
	return shelves
}

func (s Server) begin(stage string, total int) {
	if s.Progress != nil {
		s.Progress.Begin(stage, total)
	}
}

func (s Server) done() {
	if s.Progress != nil {
		s.Progress.Done(1)
	}
}
