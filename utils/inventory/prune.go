package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// PruneRequest says where to look for orphans.
type PruneRequest struct {
	Repo string
	Selection
	// Before spares what was changed since: a signature may come before its image.
	Before time.Time
	// Places are images that are known to hold attachments of images elsewhere. They are left alone.
	Places []reference.Image
}

// Orphans is what was found in a repository.
type Orphans struct {
	// All are in the order in which they may be removed; those with Keep stay.
	All []Orphan
	// Warnings tell of retention that will remove signatures, and of what could not be read.
	Warnings []string
}

// Pruner finds orphans. All fields are needed.
type Pruner struct {
	Server
	Keeper Keeper
}

// prune is one run.
type prune struct {
	Pruner
	PruneRequest
	library *library
	own     *stock
	// held are the digests of the repository, with the images that hold them.
	held map[digest.Digest][]string
	// complete tells that the user may see everything there is.
	complete bool
	result   *Orphans
}

// Orphans finds the attachments of which the subject is nowhere in the repository, in every storage form. Whatever could not be told
// stays, and so does what may serve an image elsewhere. It changes nothing.
func (p Pruner) Orphans(ctx context.Context, r PruneRequest) (*Orphans, error) {
	run := &prune{Pruner: p, PruneRequest: r, library: newLibrary(p.Reader), held: map[digest.Digest][]string{}, result: &Orphans{All: []Orphan{}}}
	if err := run.look(ctx); err != nil {
		return nil, err
	}
	if err := run.retention(ctx); err != nil {
		return nil, err
	}
	if err := run.find(ctx); err != nil {
		return nil, err
	}
	return run.result, run.confirm(ctx)
}

// look streams the whole repository, since the subject may be in any image, and keeps the shelves that are meant.
func (p *prune) look(ctx context.Context) error {
	p.begin("searching "+p.Repo, 0)
	p.own = &stock{repo: p.Repo, shelves: map[string]*shelf{}}
	for file, err := range p.Finder.ManifestFiles(ctx, p.Repo) {
		if err != nil {
			return err
		}
		p.done()
		if path := file.Image.Path; !slices.Contains(p.held[file.Digest], path) {
			p.held[file.Digest] = append(p.held[file.Digest], strings.Clone(path))
		}
		if p.Wants(file.Image.Path) {
			p.own.shelf(file.Image.Path).put(file)
		}
	}
	return nil
}

// find decides on each image by itself.
func (p *prune) find(ctx context.Context) error {
	shelves := p.own.sorted()
	p.begin("reading "+p.Repo, len(shelves))
	gone := make([][]object, len(shelves))
	at := map[*shelf]int{}
	for i, s := range shelves {
		at[s] = i
	}
	err := each(ctx, p.Parallel, shelves, func(ctx context.Context, s *shelf) error {
		defer p.done()
		objects, err := p.objects(ctx, s)
		gone[at[s]] = orphans(objects, func(d digest.Digest) bool { return p.elsewhere(s, d) })
		return err
	})
	for i, s := range shelves {
		for _, o := range gone[i] {
			found := p.orphan(s, o)
			found.Root = rootOf(o, gone[i])
			p.result.All = append(p.result.All, found)
		}
		slices.Sort(s.problems)
		p.result.Warnings = append(p.result.Warnings, s.problems...)
	}
	return err
}

// elsewhere tells whether another image of the repository holds a digest.
func (p *prune) elsewhere(s *shelf, d digest.Digest) bool {
	return slices.ContainsFunc(p.held[d], func(path string) bool { return path != s.image.Path })
}

func (p *prune) orphan(s *shelf, o object) Orphan {
	found := Orphan{Image: s.image, Name: o.name, Digest: o.digest, Subject: o.subject, Storage: o.storage, Kind: o.kind, Changed: o.changed}
	switch {
	case slices.Contains(p.Places, s.image):
		found.Keep = "--attachment-repo names its image"
	case o.subject.Algorithm() != digest.SHA256:
		found.Keep = "it names its subject by another digest than Artifactory's"
	case !o.changed.Before(p.Before):
		found.Keep = "it is too young"
	}
	return found
}

// objects reads what has to be known of every folder of an image: what the name of a suffix tag and the lists of images' indexes do
// not explain.
func (p *prune) objects(ctx context.Context, s *shelf) ([]object, error) {
	v := survey{server: p.Server, library: p.library}
	if err := v.digests(ctx, s); err != nil {
		return nil, err
	}
	if err := p.readLists(ctx, v, s); err != nil {
		return nil, err
	}
	if err := p.readOthers(ctx, v, s); err != nil {
		return nil, err
	}
	objects := make([]object, 0, len(s.folders))
	for _, name := range slices.Sorted(maps.Keys(s.folders)) {
		objects = append(objects, p.object(s, name))
	}
	return objects, nil
}

// readLists reads every index.
func (p *prune) readLists(ctx context.Context, v survey, s *shelf) error {
	var open []digest.Digest
	for _, f := range s.folders {
		if f.list {
			open = append(open, f.digest)
		}
	}
	return p.read(ctx, v, s, open)
}

// readOthers reads the manifests by digest that no index of an image lists: they may have a subject.
func (p *prune) readOthers(ctx context.Context, v survey, s *shelf) error {
	children := map[digest.Digest]bool{}
	for name, f := range s.folders {
		c, _ := p.library.known(f.digest)
		if _, attached := subjectOfTag(name); attached || c.subject != "" {
			continue
		}
		for _, one := range c.children {
			children[one.digest] = true
		}
	}
	var open []digest.Digest
	for name, f := range s.folders {
		if _, byDigest := reference.ParseDigestFolder(name); byDigest && !children[f.digest] {
			open = append(open, f.digest)
		}
	}
	return p.read(ctx, v, s, open)
}

func (p *prune) read(ctx context.Context, v survey, s *shelf, open []digest.Digest) error {
	slices.Sort(open)
	return each(ctx, readsAtOnce, slices.Compact(open), func(ctx context.Context, d digest.Digest) error {
		_, found, err := p.library.read(ctx, s.image, d)
		return v.tolerate(ctx, s, d, found, err)
	})
}

// subjectOfTag gives the digest that a suffix tag or a fallback tag hangs on.
func subjectOfTag(name string) (digest.Digest, bool) {
	if t, ok := reference.ParseSuffixTag(name); ok {
		return t.Subject, true
	}
	return subjectOf(name)
}

// object tells what a folder is. One that had to be read and could not be may be anything.
func (p *prune) object(s *shelf, name string) object {
	f := s.folders[name]
	o := object{image: s.image, name: name, digest: f.digest, changed: f.changed, storage: attachment.Referrer}
	c, known := p.library.known(f.digest)
	for _, one := range c.children {
		o.needs = append(o.needs, one.digest)
	}
	o.opaque = !known && f.list
	if subject, ok := subjectOfTag(name); ok {
		o.subject, o.storage, o.kind = subject, attachment.SuffixTag, attachment.KindOfTag(name)
		if reference.IsFallbackTag(name) {
			o.storage, o.kind = attachment.Fallback, attachment.KindOther
			// What `cosign copy` leaves is the image itself, and no list of its referrers.
			if c.mediaType != ocispec.MediaTypeImageIndex || f.digest == subject {
				o.subject = ""
			}
		}
		return o
	}
	if _, byDigest := reference.ParseDigestFolder(name); byDigest && known {
		o.subject, o.kind = c.subject, c.kind
	}
	return o
}

// holdsImages tells whether an image path has an image of its own, and not only attachments, as cosign's COSIGN_REPOSITORY has.
func (s *shelf) holdsImages(l *library) bool {
	for name, f := range s.folders {
		_, byDigest := reference.ParseDigestFolder(name)
		c, known := l.known(f.digest)
		if reference.IsImageTag(name) || byDigest && f.list && known && c.subject == "" {
			return true
		}
	}
	return false
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
