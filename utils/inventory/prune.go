package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

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
	// All are in the order in which they may be removed; those with Keep stay.
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
	Server
	Keeper Keeper
	Rights Rights
	Notes  Notes
}

// prune is one run.
type prune struct {
	Pruner
	PruneRequest
	library *library
	own     *stock
	// held are the digests of the repository, with the images that hold them.
	held map[digest.Digest][]string
	// all reports that the user may read everything; concealed are the subjects that are where that user may not.
	all       bool
	concealed map[digest.Digest]bool
	result    *Orphans
}

// Orphans finds the attachments of which the subject is nowhere, in every storage form. Whatever could not be told
// stays, and so does what may serve an image elsewhere. It changes nothing.
func (p Pruner) Orphans(ctx context.Context, r PruneRequest) (*Orphans, error) {
	run := &prune{
		Pruner: p, PruneRequest: r, library: newLibrary(p.Reader), held: map[digest.Digest][]string{}, concealed: map[digest.Digest]bool{},
		result: &Orphans{All: []Orphan{}},
	}
	if err := run.sight(ctx); err != nil {
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
		var err error
		gone[at[s]], err = p.candidates(ctx, s)
		return err
	})
	for i, s := range shelves {
		for _, o := range gone[i] {
			found := p.orphan(s, o)
			found.Root = rootOf(o, gone[i])
			p.result.All = append(p.result.All, found)
		}
		slices.Sort(s.problems)
		if p.unread(s) {
			p.result.Unread = append(p.result.Unread, Unread{Image: s.image, Problems: s.problems})
			continue
		}
		p.result.Warnings = append(p.result.Warnings, s.problems...)
	}
	return err
}

// candidates returns what may go from an image. A name alone proves nothing: what a suffix tag holds is read before it
// counts as an attachment.
func (p *prune) candidates(ctx context.Context, s *shelf) ([]object, error) {
	v := survey{server: p.Server, library: p.library}
	if err := p.readLists(ctx, v, s); err != nil {
		return nil, err
	}
	elsewhere := func(d digest.Digest) bool { return p.elsewhere(s, d) }
	var named []digest.Digest
	for _, o := range orphans(p.objects(s), elsewhere) {
		if _, byDigest := reference.ParseDigestFolder(o.name); !byDigest {
			named = append(named, o.digest)
		}
	}
	if err := p.read(ctx, v, s, named); err != nil {
		return nil, err
	}
	return orphans(p.objects(s), elsewhere), nil
}

// elsewhere reports whether another image of the repository holds a digest.
func (p *prune) elsewhere(s *shelf, d digest.Digest) bool {
	return slices.ContainsFunc(p.held[d], func(path string) bool { return path != s.image.Path })
}

func (p *prune) orphan(s *shelf, o object) Orphan {
	found := Orphan{
		Image: s.image, Name: o.name, Digest: o.digest, Subject: o.subject, Lists: o.needs, Storage: o.storage, Kind: o.kind, Changed: o.changed,
	}
	switch {
	case slices.Contains(p.Places, s.image):
		found.Keep = "--attachment-repo names its image"
	case o.subject.Algorithm() != digest.SHA256:
		found.Keep = "it names its subject by another digest than Artifactory's"
	case !o.changed.Before(p.Before):
		found.Keep = "it is too young"
	default:
		found.Keep = p.doubtful(o)
	}
	return found
}

// doubtful reports why something may be no attachment, although its name or its manifest attaches it to something.
func (p *prune) doubtful(o object) string {
	c, known := p.library.known(o.digest)
	switch {
	case !known:
		return ""
	case c.shape.Runs, p.listsImages(c):
		return "it can be run, or lists what can be run"
	case o.storage == attachment.SuffixTag && attachment.KindOfTag(o.name) == attachment.KindOther && c.subject == "" && !c.attests:
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
