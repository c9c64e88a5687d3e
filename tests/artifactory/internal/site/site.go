// Package site is what both halves of the double share: the store, the repositories' configuration,
// the users and the knobs.
package site

import (
	"maps"
	"slices"
	"sync"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/build"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// Site is one Artifactory.
type Site struct {
	Store *storage.Store
	Users *access.Directory
	// Builds is empty at first.
	Builds build.Builds

	mu     sync.RWMutex
	repos  map[string]Repository
	knobs  knobs.Knobs
	layers map[string]struct{}
}

// New returns a site without repositories and users.
func New(store *storage.Store) *Site {
	return &Site{
		Store: store, Users: access.NewDirectory(),
		repos: map[string]Repository{}, knobs: knobs.Defaults(), layers: map[string]struct{}{},
	}
}

// Knobs returns the knobs as they are now.
func (s *Site) Knobs() knobs.Knobs {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.knobs
}

// SetKnobs changes the knobs.
func (s *Site) SetKnobs(change func(*knobs.Knobs)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.knobs)
}

// AddRepository adds a repository, or changes its configuration. A remote one gets its cache.
func (s *Site) AddRepository(tree *storage.Tree, r Repository) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r = r.withDefaults()
	s.repos[r.Key] = r
	switch r.Class {
	case Remote:
		cache := Repository{Key: r.Key + "-cache", Class: Cache, PackageType: r.PackageType}
		s.repos[cache.Key] = cache
		tree.AddRepo(cache.Key)
	case Local, Federated:
		tree.AddRepo(r.Key)
	}
}

// RemoveRepository removes a repository with everything in it; a remote one takes its cache along.
func (s *Site) RemoveRepository(tree *storage.Tree, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, gone := range []string{key, key + "-cache"} {
		if r, ok := s.repos[gone]; ok && (gone == key || r.Class == Cache) {
			delete(s.repos, gone)
			tree.RemoveRepo(gone)
		}
	}
}

// Repo returns the configuration of a repository.
func (s *Site) Repo(key string) (Repository, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.repos[key]
	return r, ok
}

// Repos returns all repositories but caches, sorted by key.
func (s *Site) Repos() []Repository {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Repository
	for _, key := range slices.Sorted(maps.Keys(s.repos)) {
		if r := s.repos[key]; r.Class != Cache {
			out = append(out, r)
		}
	}
	return out
}

// Stored returns the keys that hold the files of a repository, in the order in which they are searched:
// the key itself, a remote's cache, or the members of a virtual repository, each once.
func (s *Site) Stored(key string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.stored(key, map[string]bool{})
}

func (s *Site) stored(key string, seen map[string]bool) []string {
	r, ok := s.repos[key]
	if !ok || seen[key] {
		return nil
	}
	seen[key] = true
	switch r.Class {
	case Remote:
		return []string{key + "-cache"}
	case Virtual:
		var out []string
		for _, m := range r.Members {
			out = append(out, s.stored(m, seen)...)
		}
		return out
	default:
		return []string{key}
	}
}

// Deployable returns the repository that uploads to key are stored in; false if there is none.
func (s *Site) Deployable(key string) (Repository, bool) {
	r, ok := s.Repo(key)
	if ok && r.Class == Virtual {
		r, ok = s.Repo(r.DefaultDeployment)
	}
	return r, ok && r.Stores()
}

// NoteLayers remembers digests as layers of images, for the statistics; they stay known after a delete.
func (s *Site) NoteLayers(digests []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range digests {
		s.layers[d] = struct{}{}
	}
}

// IsLayer reports whether the sha256 was ever noted as a layer of an image.
func (s *Site) IsLayer(sha256 string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.layers["sha256:"+sha256]
	return ok
}

// XrayBlocks reports whether the download of a path is blocked.
func (s *Site) XrayBlocks(repo, path string) bool {
	return access.MatchAny(s.Knobs().XrayBlocked, repo+"/"+path)
}
