package inventory

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Request says what to audit.
type Request struct {
	Repo string
	// Sources are the repositories in which what is lacking may still be.
	Sources []string
	// OwnPaths looks for what is lacking in other image paths of the repository, too.
	OwnPaths bool
	// Places are images in which attachments of all images are kept too (cosign's COSIGN_REPOSITORY).
	Places []reference.Image
	// Prefix is the attachment tag prefix that the user's verifiers look for.
	Prefix string
	// Required are kinds of attachments that every image has to have beside its signature.
	Required []attachment.Kind
	// EveryFile holds the files of every image and platform against its manifest, not only of those that seem to lack
	// some.
	EveryFile bool
	Selection
}

// Image is what an audit says of one tag.
type Image struct {
	reference.Reference
	State    State
	Findings []Finding
	// FoundIn names the images elsewhere that have what this one lacks.
	FoundIn []reference.Image
	// Changed is when the tag last came, or was changed, here.
	Changed time.Time
	// Verified reports whether the image satisfies the policy; nil without one.
	Verified *bool
}

// Audit is what was found in a repository.
type Audit struct {
	// Images are sorted by path and tag.
	Images []Image
	// Untagged counts manifests by digest that no tag, index or subject accounts for.
	Untagged int
	// Problems tell what could not be read and belongs to no image.
	Problems []string
	// Unreadable counts the folders of which it could not be told what they hold: the audit is not complete then.
	Unreadable int
}

// audit is one run.
type audit struct {
	Server
	Request
	library *library
	survey  survey
	own     *stock
	places  []*shelf
	// left are the sound attachments in other repositories, by subject.
	left map[digest.Digest][]found
	// unread tells, by subject, what could not be read of the attachments in other repositories.
	unread map[digest.Digest]string
	marks  *marks
	// problems tell what else could not be read there.
	problems []string
	// opaque are the images in which something could not be read at all, so that it may be what is lacking.
	opaque []*shelf
}

// Audit looks at every image of a repository. It changes nothing. The error is one that no single image can be blamed
// for.
func (s Server) Audit(ctx context.Context, r Request) (*Audit, error) {
	a := &audit{Server: s, Request: r, library: newLibrary(s.Reader), marks: newMarks(s.Properties)}
	a.survey = survey{server: s, library: a.library, first: a.rootsToAsk}
	if err := a.look(ctx); err != nil {
		return nil, err
	}
	if err := a.lookElsewhere(ctx); err != nil {
		return nil, err
	}
	return a.judgeAll(ctx)
}

// look reads the repository itself, and the places beside it.
func (a *audit) look(ctx context.Context) (err error) {
	if a.own, err = a.load(ctx, a.Repo, a.Wants); err != nil {
		return err
	}
	a.own.nest()
	if err := a.examine(ctx, a.survey, a.own); err != nil {
		return err
	}
	for _, s := range a.own.sorted() {
		s.stray()
	}
	if err := (&torn{server: a.Server, library: a.library, every: a.EveryFile}).check(ctx, a.own); err != nil {
		return err
	}
	for _, place := range a.Places {
		all, err := a.load(ctx, place.Repo, func(path string) bool { return path == place.Path })
		if err != nil {
			return err
		}
		all.nest()
		a.places = append(a.places, all.shelf(place.Path))
		if err := a.examine(ctx, survey{server: a.Server, library: a.library}, all); err != nil {
			return err
		}
	}
	return nil
}

// examine reads what the search does not explain, and looks whether the attachments are whole.
func (a *audit) examine(ctx context.Context, v survey, all *stock) error {
	if err := v.all(ctx, "reading "+all.repo, all.sorted()); err != nil {
		return err
	}
	return (&blobs{server: a.Server, library: a.library, beside: map[string]map[string]int64{}}).check(ctx, all)
}

// rootsToAsk returns the roots that no tag signs: their signatures, if any, are referrers.
func (a *audit) rootsToAsk(s *shelf) []digest.Digest {
	var open []digest.Digest
	for _, tag := range s.roots() {
		if d := s.folders[tag].digest; !s.isSigned(d, a.Prefix) && !slices.Contains(open, d) {
			open = append(open, d)
		}
	}
	return open
}

// judgeAll decides on every tag, many images at once.
func (a *audit) judgeAll(ctx context.Context) (*Audit, error) {
	result, shelves := &Audit{Images: []Image{}}, a.own.sorted()
	a.begin("judging", len(shelves))
	var mu sync.Mutex
	err := each(ctx, a.Parallel, shelves, func(ctx context.Context, s *shelf) error {
		defer a.done()
		images, err := (&bench{audit: a, shelf: s}).judge(ctx)
		mu.Lock()
		defer mu.Unlock()
		result.Images = append(result.Images, images...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, s := range shelves {
		result.Untagged += len(s.untagged)
		slices.Sort(s.problems)
		result.Problems = append(result.Problems, s.problems...)
	}
	result.Unreadable = a.unreadable()
	slices.Sort(a.problems)
	result.Problems = append(result.Problems, a.problems...)
	slices.SortFunc(result.Images, byPathAndTag)
	return result, nil
}

func byPathAndTag(a, b Image) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Tag, b.Tag))
}
