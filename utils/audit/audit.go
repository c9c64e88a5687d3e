// Package audit decides on each image of a repository: whether it is signed, what it lacks, and where that still is.
package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Verifier holds an image to a policy: nil when it satisfies it, UnsatisfiedError when it does not, and any other error
// when that cannot be told. proved reports that the policy asked for something, so that it counts as a signature.
type Verifier interface {
	Verify(ctx context.Context, image reference.Reference) (proved bool, err error)
}

// UnsatisfiedError says what an image lacks to satisfy a policy.
type UnsatisfiedError string

// Error returns what it lacks.
func (u UnsatisfiedError) Error() string { return string(u) }

// Auditor looks at whole repositories. Verifier is nil without a policy.
type Auditor struct {
	inventory.Server
	Verifier Verifier
}

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
	inventory.Selection
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

// Result is what was found in a repository.
type Result struct {
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
	Auditor
	Request
	manifests *inventory.ManifestCache
	discovery inventory.Discovery
	own       *inventory.RepositoryIndex
	places    []*inventory.ImageIndex
	// left are the sound attachments in other repositories, by subject.
	inSources map[digest.Digest][]found
	// unread tells, by subject, what could not be read of the attachments in other repositories.
	unread map[digest.Digest]string
	marks  *inventory.Marks
	torn   *torn
	// problems tell what else could not be read there.
	problems []string
	// opaque are the images in which something could not be read at all, so that it may be what is lacking.
	opaque []*inventory.ImageIndex
}

// Audit looks at every image of a repository. It changes nothing. The error is one that no single image can be blamed
// for.
func (s Auditor) Audit(ctx context.Context, r Request) (*Result, error) {
	a := &audit{Auditor: s, Request: r, manifests: inventory.NewManifestCache(s.Reader), marks: inventory.NewMarks(s.Properties)}
	a.torn = &torn{server: s.Server, manifests: a.manifests, every: a.EveryFile, found: map[string]Finding{}}
	a.discovery = inventory.Discovery{Server: s.Server, Manifests: a.manifests, First: a.rootsToAsk}
	if err := a.look(ctx); err != nil {
		return nil, err
	}
	if err := a.readSources(ctx); err != nil {
		return nil, err
	}
	return a.classifyAll(ctx)
}

// look reads the repository itself, and the places beside it.
func (a *audit) look(ctx context.Context) (err error) {
	if a.own, err = a.Load(ctx, a.Repo, a.Wants); err != nil {
		return err
	}
	a.own.FindNested()
	if err := a.examine(ctx, a.discovery, a.own); err != nil {
		return err
	}
	for _, index := range a.own.Sorted() {
		index.NoteStray()
	}
	if err := a.torn.check(ctx, a.own); err != nil {
		return err
	}
	for _, place := range a.Places {
		repo, err := a.Load(ctx, place.Repo, func(path string) bool { return path == place.Path })
		if err != nil {
			return err
		}
		repo.FindNested()
		a.places = append(a.places, repo.Image(place.Path))
		if err := a.examine(ctx, inventory.Discovery{Server: a.Server, Manifests: a.manifests}, repo); err != nil {
			return err
		}
	}
	return nil
}

// examine reads what the search does not explain, and looks whether the attachments are whole.
func (a *audit) examine(ctx context.Context, v inventory.Discovery, repo *inventory.RepositoryIndex) error {
	if err := v.All(ctx, "reading "+repo.Repo, repo.Sorted()); err != nil {
		return err
	}
	return inventory.CheckAttachments(ctx, a.Server, a.manifests, repo)
}

// rootsToAsk returns the roots that no tag signs: their signatures, if any, are referrers.
func (a *audit) rootsToAsk(index *inventory.ImageIndex) []digest.Digest {
	var open []digest.Digest
	for _, tag := range index.Roots() {
		if d := index.Folders[tag].Digest; !index.IsSigned(d, a.Prefix) && !slices.Contains(open, d) {
			open = append(open, d)
		}
	}
	return open
}

// classifyAll decides on every tag, many images at once.
func (a *audit) classifyAll(ctx context.Context) (*Result, error) {
	result, indexes := &Result{Images: []Image{}}, a.own.Sorted()
	a.Begin("judging", len(indexes))
	var mu sync.Mutex
	err := parallel.Each(ctx, a.Parallel, indexes, func(ctx context.Context, index *inventory.ImageIndex) error {
		defer a.Done()
		images, err := (&imageAudit{audit: a, index: index}).classify(ctx)
		mu.Lock()
		defer mu.Unlock()
		result.Images = append(result.Images, images...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, index := range indexes {
		result.Untagged += len(index.Untagged)
		slices.Sort(index.Problems)
		result.Problems = append(result.Problems, index.Problems...)
	}
	result.Unreadable = a.unreadable()
	slices.Sort(a.problems)
	result.Problems = append(result.Problems, a.problems...)
	slices.SortFunc(result.Images, ByPathAndTag)
	return result, nil
}

// ByPathAndTag compares images to sort them.
func ByPathAndTag(a, b Image) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Tag, b.Tag))
}

// Incomplete is an error where something could not be read that may be what an image lacks.
func (a *Result) Incomplete() error {
	if a.Unreadable == 0 {
		return nil
	}
	return &failure.Failure{
		Message: fmt.Sprintf("it cannot be told whether all is there: of what could be attached to an image, %d could not "+
			"be read", a.Unreadable),
		Hint: "The warnings name it. Nothing is wrong with what was brought. Run the command again.",
	}
}
