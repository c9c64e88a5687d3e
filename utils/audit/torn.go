package audit

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// torn looks for images that lack files which their manifests name, with one search for a whole repository. It shows
// small files only, of which an image has at least its config, so that the rows do not grow with the layers. A folder
// without any is looked at.
type torn struct {
	server    inventory.Server
	manifests *inventory.ManifestCache
	// every means that every folder is looked at, which takes no search.
	every bool

	mu sync.Mutex
	// found holds what was found of folders that lack files, by their paths.
	found map[string]Finding
}

func (t *torn) check(ctx context.Context, repo *inventory.RepositoryIndex) error {
	if t.server.Files == nil {
		return nil
	}
	if !t.every {
		if err := t.search(ctx, repo); err != nil {
			return err
		}
	}
	indexes := repo.Sorted()
	t.server.Begin("checking images", len(indexes))
	return parallel.Each(ctx, t.server.Parallel, indexes, func(ctx context.Context, index *inventory.ImageIndex) error {
		defer t.server.Done()
		return parallel.Each(ctx, inventory.ReadsAtOnce, t.bare(index), func(ctx context.Context, name string) error {
			return t.folder(ctx, index,
				name)
		})
	})
}

// search marks the folders that hold small files.
func (t *torn) search(ctx context.Context, repo *inventory.RepositoryIndex) error {
	for file, err := range t.server.Finder.SmallFiles(ctx, repo.Repo) {
		if err != nil {
			return err
		}
		index := repo.Images[file.Image.Path]
		if index == nil {
			continue
		}
		if f, there := index.Folders[file.Folder]; there && !f.Config {
			f.Config = true
			index.Folders[strings.Clone(file.Folder)] = f
		}
	}
	return nil
}

// bare returns the folders of images and platforms beside whose manifests the search shows nothing. A platform counts
// that another folder holds, too.
func (t *torn) bare(index *inventory.ImageIndex) []string {
	names := index.Roots()
	held := map[digest.Digest]bool{}
	for _, f := range index.Folders {
		held[f.Digest] = held[f.Digest] || f.Config
		if info, read := t.manifests.Known(f.Digest); read && f.List {
			for _, one := range info.Children {
				names = append(names, reference.DigestFolder(one.Digest))
			}
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		f, there := index.Folders[name]
		_, byDigest := reference.ParseDigestFolder(name)
		return !there || f.List || f.Config || byDigest && held[f.Digest]
	})
}

// folder holds the files of a folder against its manifest. A search proves no absence, and HEAD of a blob may be
// answered from other images (contract blobs-head-own-image), so the folder itself is asked.
func (t *torn) folder(ctx context.Context, index *inventory.ImageIndex, name string) error {
	f := index.Folders[name]
	finding := Finding{Subject: f.Digest, Name: name}
	info, found, err := t.server.Read(ctx, t.manifests, index, f.Digest)
	var files []string
	if err == nil && found && len(info.Blobs) > 0 {
		files, _, err = t.server.Files.Contents(ctx, index.Image.Folder(name))
	}
	var lacking []string
	for _, blob := range info.Blobs {
		if !slices.Contains(files, manifest.BlobFile(blob.Digest)) {
			lacking = append(lacking, blob.Digest.String())
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case inventory.Absent(err):
		return nil
	case err != nil:
		finding.Problem, finding.Message = Unreadable, "it cannot be told whether all its files are there: "+err.Error()
	case len(lacking) == 0 || !slices.Contains(files, manifest.File):
		return nil
	default:
		finding.Problem, finding.Message = Damaged, "its folder lacks files that the manifest names: "+strings.Join(lacking,
			", ")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.found[index.Image.Folder(name)] = finding
	return nil
}

// ofFiles adds to the observation of an image what the folders of its tag and its platforms lack.
func (a *imageAudit) ofFiles(o *observation, names ...string) {
	for _, d := range slices.Concat(o.digests[1:], o.attesting) {
		names = append(names, reference.DigestFolder(d))
	}
	for _, name := range names {
		switch f, there := a.torn.found[a.index.Image.Folder(name)]; {
		case !there:
		case f.Problem == Unreadable:
			o.doubt = append(o.doubt, f)
		default:
			o.damage = append(o.damage, f)
		}
	}
}
