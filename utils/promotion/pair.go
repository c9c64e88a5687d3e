package promotion

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/memo"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Pair is what is known of a source image and a target image apart from their tags. Tags that share children or
// attachments are promoted one after another, see turns; the reading of their graphs goes on beside that.
type Pair struct {
	Source, Target reference.Image
	// First is the source's folder as it was opened; discovery reads it beside the turns of other tags.
	First attachment.Listing

	turns *folderLock
	// held reports what the source's folders held when somebody first wanted to know.
	held *memo.Map[struct{}, map[string]digest.Digest]
	// indexes reports what the indexes of the target list.
	indexes *memo.Map[digest.Digest, index]
	// strays remembers what the digest folders of the source hold that nothing leads to.
	strays *memo.Map[string, manifest.Manifest]
	// From and To are both folders as they are now, as far as the one is concerned whose turn it is.
	From, To attachment.Listing
	// grown is how many folders the tags before may have added since.
	grown int
	// aims are the tags of the target that this run is about to set: what one of them holds now is not kept by it.
	aims map[string]bool
	// Others are further images in which attachments are kept, and those that they go to.
	Others []*Pair
	// vacant reports that the target had nothing of this image when the pair was opened.
	vacant bool
	// limit is how many tags of an image the target repository keeps; 0 is all.
	limit int
	// assembled reports that the server may refuse to promote single tags between these repositories.
	assembled bool
	// written reports that the listings are no longer up to date.
	written bool
	// Narrow, unless nil, takes out of what was found what is not to be brought, before anything else is decided.
	Narrow func(context.Context, *attachment.Graph) error
}

// enter waits for the turn of a tag, and gives the pair for it, with its listings up to date. leave must be called in
// any case.
func (p *Pair) enter(ctx context.Context, e *Promoter, claims []string) (mine *Pair, leave func(), err error) {
	stale, grown := p.turns.lock(claims)
	mine = p
	if len(claims) > 0 {
		mine = p.copied()
	}
	mine.grown, mine.written = grown, false
	if stale {
		err = e.list(ctx, mine)
	}
	if mine == p && stale && err == nil {
		mine.grown = 0
		p.turns.listed()
	}
	return mine, func() { p.turns.unlock(claims, mine.written) }, err
}

// copied returns a pair whose listings can be renewed while others look at those of this one.
func (p *Pair) copied() *Pair {
	mine := *p
	mine.Others = nil
	for _, o := range p.Others {
		other := *o
		mine.Others = append(mine.Others, &other)
	}
	return &mine
}

// forget takes out of the source's folder what a dry run would have deleted, so that the plans of the tags that follow
// name the deletes which that makes possible.
func (p *Pair) forget(steps []plan.Step) {
	deleted := map[string]bool{}
	for _, step := range steps {
		if step.Action.Deletes() {
			deleted[step.Path] = true
		}
	}
	p.From = attachment.NewListing(slices.DeleteFunc(slices.Clone(p.From.Names), func(name string) bool {
		return deleted[p.Source.Folder(name)]
	}))
}

// Open reads both repositories and both image folders at once, and refuses what cannot be promoted between. An image
// that the target does not have yet is an empty folder.
func (e *Promoter) Open(ctx context.Context, source, target reference.Image, others ...plan.Mapping) (*Pair, error) {
	p := &Pair{
		Source: source, Target: target, turns: newFolderLock(), held: &memo.Map[struct{}, map[string]digest.Digest]{},
		indexes: &memo.Map[digest.Digest, index]{}, strays: &memo.Map[string, manifest.Manifest]{},
	}
	for _, m := range others {
		if m.From == source {
			continue // it is looked into anyway
		}
		p.Others = append(p.Others, &Pair{Source: m.From, Target: m.To})
	}
	var repos [2]reference.Repository
	// In the order in which errors are told: a wrong repository explains a missing folder.
	err := parallel.All(
		func() (err error) {
			repos[0], err = e.inspect().Repository(ctx, failure.Source, source.Repo)
			return err
		},
		func() (err error) {
			repos[1], err = e.inspect().Repository(ctx, failure.Target, target.Repo)
			return err
		},
		func() error { return e.list(ctx, p) },
	)
	if err != nil {
		return nil, err
	}
	p.First, p.limit, p.vacant = p.From, repos[1].MaxUniqueTags, len(p.To.Names) == 0
	p.assembled = repos[0].MayRefuseTags() || repos[1].MayRefuseTags()
	for _, o := range p.Others {
		o.First = o.From
	}
	return p, sameType(repos[0], repos[1])
}

// list reads both folders, and those of the other places.
func (e *Promoter) list(ctx context.Context, p *Pair) error {
	calls := []func() error{
		func() (err error) { p.From, err = e.inspect().Folder(ctx, failure.Source, p.Source); return err },
		func() (err error) { p.To, err = e.inspect().Folder(ctx, failure.Target, p.Target); return err },
	}
	for _, o := range p.Others {
		calls = append(calls, func() (err error) { o.From, err = e.inspect().Place(ctx, failure.Source, o.Source); return err })
		if o.Target != (reference.Image{}) {
			calls = append(calls, func() (err error) { o.To, err = e.inspect().Place(ctx, failure.Target, o.Target); return err })
		}
	}
	return parallel.All(calls...)
}

// places returns the further places as discovery needs them.
func (p *Pair) places(e *Promoter) []attachment.Place {
	places := make([]attachment.Place, 0, len(p.Others))
	for _, o := range p.Others {
		places = append(places, attachment.Place{Image: o.Source, Listing: p.searched(e, o.First)})
	}
	return places
}

// searched returns a listing of the source for the discovery of all that is attached. What is narrowed to what is lost
// somewhere is searched by its own rules.
func (p *Pair) searched(e *Promoter, l attachment.Listing) attachment.Listing {
	l = l.AskByName()
	if p.Narrow != nil {
		return l
	}
	return l.LookForUnlisted(func(ctx context.Context, image reference.Image, d digest.Digest) (manifest.Manifest, error) {
		return p.strays.Get(image.Folder(d.String()), func() (manifest.Manifest, error) { return e.inspect().Stray(ctx, image, d) })
	})
}

// targetListing returns the folder of one of the images that are written.
func (p *Pair) targetListing(image reference.Image) attachment.Listing {
	for _, o := range p.Others {
		if o.Target == image {
			return o.To
		}
	}
	return p.To
}

func sameType(source, target reference.Repository) error {
	if source.PackageType == target.PackageType {
		return nil
	}
	return &failure.Failure{
		Side: failure.Target,
		Message: fmt.Sprintf("%s is of type %s, %s of type %s; Artifactory does not promote between the two", source.Key,
			source.PackageType, target.Key, target.PackageType),
		Hint: "Name a target repository of type " + source.PackageType + ".",
	}
}
