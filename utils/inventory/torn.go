package inventory

import (
	"context"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// FileLister lists the files and folders in a folder ("<repo>/<path>").
type FileLister interface {
	Contents(ctx context.Context, path string) (files, folders []string, err error)
}

// torn looks for images that lack files which their manifests name, with one search for a whole repository. It shows
// small files only, of which an image has at least its config, so that the rows do not grow with the layers. A folder
// without any is looked at.
type torn struct {
	server  Server
	library *library
	// every tells to look at every folder, which takes no search.
	every bool
}

func (t *torn) check(ctx context.Context, all *stock) error {
	if t.server.Files == nil {
		return nil
	}
	if !t.every {
		if err := t.search(ctx, all); err != nil {
			return err
		}
	}
	shelves := all.sorted()
	t.server.begin("checking images", len(shelves))
	return each(ctx, t.server.Parallel, shelves, func(ctx context.Context, s *shelf) error {
		defer t.server.done()
		return each(ctx, readsAtOnce, t.bare(s), func(ctx context.Context, name string) error {
			return t.folder(ctx, s,
				name)
		})
	})
}

// search marks the folders that hold small files.
func (t *torn) search(ctx context.Context, all *stock) error {
	for file, err := range t.server.Finder.SmallFiles(ctx, all.repo) {
		if err != nil {
			return err
		}
		s := all.shelves[file.Image.Path]
		if s == nil {
			continue
		}
		if f, there := s.folders[file.Folder]; there && !f.config {
			f.config = true
			s.folders[strings.Clone(file.Folder)] = f
		}
	}
	return nil
}

// bare returns the folders of images and platforms beside whose manifests the search shows nothing. A platform counts
// that another folder holds, too.
func (t *torn) bare(s *shelf) []string {
	names := s.roots()
	held := map[digest.Digest]bool{}
	for _, f := range s.folders {
		held[f.digest] = held[f.digest] || f.config
		if c, read := t.library.known(f.digest); read && f.list {
			for _, one := range c.children {
				names = append(names, reference.DigestFolder(one.digest))
			}
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		f, there := s.folders[name]
		_, byDigest := reference.ParseDigestFolder(name)
		return !there || f.list || f.config || byDigest && held[f.digest]
	})
}

// folder holds the files of a folder against its manifest. A search proves no absence, and HEAD of a blob may be
// answered from other images (facts: manifests and blobs), so the folder itself is asked.
func (t *torn) folder(ctx context.Context, s *shelf, name string) error {
	f := s.folders[name]
	finding := Finding{Subject: f.digest, Name: name}
	c, found, err := t.server.read(ctx, t.library, s, f.digest)
	var files []string
	if err == nil && found && len(c.blobs) > 0 {
		files, _, err = t.server.Files.Contents(ctx, s.image.Folder(name))
	}
	var lacking []string
	for _, blob := range c.blobs {
		if !slices.Contains(files, manifest.BlobFile(blob.Digest)) {
			lacking = append(lacking, blob.Digest.String())
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case absent(err):
		return nil
	case err != nil:
		finding.Problem, finding.Message = Unreadable, "it cannot be told whether all its files are there: "+err.Error()
	case len(lacking) == 0 || !slices.Contains(files, manifest.File):
		return nil
	default:
		finding.Problem, finding.Message = Damaged, "its folder lacks files that the manifest names: "+strings.Join(lacking,
			", ")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.torn[name] = finding
	return nil
}

// ofFiles adds to the evidence of an image what the folders of its tag and its platforms lack.
func (b *bench) ofFiles(e *evidence, names ...string) {
	for _, d := range slices.Concat(e.digests[1:], e.attesting) {
		names = append(names, reference.DigestFolder(d))
	}
	for _, name := range names {
		switch f, there := b.shelf.torn[name]; {
		case !there:
		case f.Problem == Unreadable:
			e.doubt = append(e.doubt, f)
		default:
			e.damage = append(e.damage, f)
		}
	}
}
