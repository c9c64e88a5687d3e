// Package prune finds attachments that have no image any more, and removes them.
package prune

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Request says where to look for orphans.
type Request struct {
	Repo string
	inventory.Selection
	// Before spares what was changed since: a signature may come before its image.
	Before time.Time
	// Places are images that are known to hold attachments of images elsewhere. They are left alone.
	Places []reference.Image
	// Subjects are the repositories in which the subjects of attachments may be, beside Repo. Who is no administrator
	// has to name them.
	Subjects []string
	// Central lets attachments go from image paths that hold nothing else. They may be of images in another registry.
	Central bool
	// At is when the run began. What no run has seen by then, Grace before, is noted and waits.
	At    time.Time
	Grace time.Duration
	// DryRun reports that nothing will be noted.
	DryRun bool
}

// Orphans is what was found in a repository.
type Orphans struct {
	// All are in the order in which they may be removed; those with a KeepReason stay.
	All []Orphan
	// Unread are image paths of which something could not be read that may be an attachment without its subject, or may
	// need one: all of them stays.
	Unread []Unread
	// Outdated are notes of earlier runs that hold no longer.
	Outdated []Sighting
	// Warnings tell of retention that will remove signatures, and of what could not be read.
	Warnings []string
}

// Unread is an image path with what could not be read there.
type Unread struct {
	Image    reference.Image
	Problems []string
}

// Pruner finds orphans. All fields but Notes are needed; without Notes nothing waits for a second look.
type Pruner struct {
	inventory.Server
	Keeper Keeper
	Rights Rights
	Notes  Notes
}

// prune is one run.
type prune struct {
	Pruner
	Request
	manifests *inventory.ManifestCache
	own       *inventory.RepositoryIndex
	// held are the digests of the repository, with the images that hold them.
	held map[digest.Digest][]string
	// all reports that the user may read everything; concealed are the subjects that are where that user may not.
	all       bool
	concealed map[digest.Digest]bool
	result    *Orphans
}

// Orphans finds the attachments of which the subject is nowhere, in every storage form. Whatever could not be told
// stays, and so does what may serve an image elsewhere. It changes nothing.
func (p Pruner) Orphans(ctx context.Context, r Request) (*Orphans, error) {
	run := &prune{
		Pruner: p, Request: r, manifests: inventory.NewManifestCache(p.Reader), held: map[digest.Digest][]string{}, concealed: map[digest.Digest]bool{},
		result: &Orphans{All: []Orphan{}},
	}
	if err := run.checkRights(ctx); err != nil {
		return nil, err
	}
	if err := run.look(ctx); err != nil {
		return nil, err
	}
	if err := run.retention(ctx); err != nil {
		return nil, err
	}
	if err := run.find(ctx); err != nil {
		return nil, err
	}
	if err := run.confirm(ctx); err != nil {
		return nil, err
	}
	return run.result, run.wait(ctx)
}

// look streams the whole repository, since the subject may be in any image, and keeps the images that are meant.
func (p *prune) look(ctx context.Context) error {
	p.Begin("searching "+p.Repo, 0)
	p.own = inventory.NewRepositoryIndex(p.Repo)
	for file, err := range p.Finder.ManifestFiles(ctx, p.Repo) {
		if err != nil {
			return err
		}
		p.Done()
		if path := file.Image.Path; !slices.Contains(p.held[file.Digest], path) {
			p.held[file.Digest] = append(p.held[file.Digest], strings.Clone(path))
		}
		if p.Wants(file.Image.Path) {
			p.own.Image(file.Image.Path).Put(file)
		}
	}
	return nil
}

// find decides on each image by itself.
func (p *prune) find(ctx context.Context) error {
	indexes := p.own.Sorted()
	p.Begin("reading "+p.Repo, len(indexes))
	gone := make([][]object, len(indexes))
	at := map[*inventory.ImageIndex]int{}
	for i, index := range indexes {
		at[index] = i
	}
	err := parallel.Each(ctx, p.Parallel, indexes, func(ctx context.Context, index *inventory.ImageIndex) error {
		defer p.Done()
		var err error
		gone[at[index]], err = p.candidates(ctx, index)
		return err
	})
	for i, index := range indexes {
		for _, o := range gone[i] {
			found := p.orphan(index, o)
			found.Root = rootOf(o, gone[i])
			p.result.All = append(p.result.All, found)
		}
		slices.Sort(index.Problems)
		if p.unread(index) {
			p.result.Unread = append(p.result.Unread, Unread{Image: index.Image, Problems: index.Problems})
			continue
		}
		p.result.Warnings = append(p.result.Warnings, index.Problems...)
	}
	return err
}

// candidates returns what may go from an image. A name alone proves nothing: what a suffix tag holds is read before it
// counts as an attachment.
func (p *prune) candidates(ctx context.Context, index *inventory.ImageIndex) ([]object, error) {
	v := inventory.Discovery{Server: p.Server, Manifests: p.manifests}
	if err := p.readLists(ctx, v, index); err != nil {
		return nil, err
	}
	elsewhere := func(d digest.Digest) bool { return p.heldElsewhere(index, d) }
	var named []digest.Digest
	for _, o := range orphans(p.objects(index), elsewhere) {
		if _, byDigest := reference.ParseDigestFolder(o.name); !byDigest {
			named = append(named, o.digest)
		}
	}
	if err := p.read(ctx, v, index, named); err != nil {
		return nil, err
	}
	return orphans(p.objects(index), elsewhere), nil
}

// heldElsewhere reports whether another image of the repository holds a digest.
func (p *prune) heldElsewhere(index *inventory.ImageIndex, d digest.Digest) bool {
	return slices.ContainsFunc(p.held[d], func(path string) bool { return path != index.Image.Path })
}

func (p *prune) orphan(index *inventory.ImageIndex, o object) Orphan {
	found := Orphan{
		Image: index.Image, Name: o.name, Digest: o.digest, Subject: o.subject, Lists: o.needs, Storage: o.storage, Kind: o.kind, Changed: o.changed,
	}
	switch {
	case slices.Contains(p.Places, index.Image):
		found.KeepReason = "--attachment-repo names its image"
	case o.subject.Algorithm() != digest.SHA256:
		found.KeepReason = "it names its subject by another digest than Artifactory's"
	case !o.changed.Before(p.Before):
		found.KeepReason = "it is too young"
	default:
		found.KeepReason = p.doubtful(o)
	}
	return found
}

// doubtful reports why something may be no attachment, although its name or its manifest attaches it to something.
func (p *prune) doubtful(o object) string {
	info, known := p.manifests.Known(o.digest)
	switch {
	case !known:
		return ""
	case info.Shape.Runs, p.listsImages(info):
		return "it can be run, or lists what can be run"
	case o.storage == attachment.SuffixTag && attachment.KindOfTag(o.name) == attachment.KindOther && info.Subject == "" && !info.Attests:
		// Charts, modules and models of a mirror are named after digests, too.
		return "what it holds is none of the known kinds of attachments: only its tag looks like one"
	default:
		return ""
	}
}

// holders asks where, on the whole server, any of the digests is.
func (p *prune) holders(ctx context.Context, digests []digest.Digest) (map[digest.Digest][]manifest.Stored, error) {
	found := map[digest.Digest][]manifest.Stored{}
	for file, err := range p.Finder.Holders(ctx, digests) {
		if err != nil {
			return nil, err
		}
		found[file.Digest] = append(found[file.Digest], file)
	}
	return found, nil
}

func (p *prune) warn(format string, args ...any) {
	p.result.Warnings = append(p.result.Warnings, fmt.Sprintf(format, args...))
}
