package promotion

import (
	"context"
	"errors"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// survey is what both sides of one promotion were seen to hold.
type survey struct {
	pair *Pair
	// tag is the source tag.
	tag  string
	root manifest.Manifest
	// gone reports that the source tag is not there.
	gone   bool
	target plan.Target
	graph  *attachment.Graph
}

// look opens the pair and reads the source tag, all at once.
func (e *Promoter) look(ctx context.Context, open func() (*Pair, error), r plan.Request) (*survey, error) {
	s := &survey{tag: r.Source.Tag}
	err := parallel.All(
		func() (err error) { s.pair, err = open(); return err },
		func() (err error) { s.root, s.gone, err = e.sourceTag(ctx, r.Source, e.Registry); return err },
	)
	if err == nil && s.gone && s.pair.From.Has(r.Source.Tag) {
		s.root, s.gone, err = e.sourceTag(ctx, r.Source, e.Insist(failure.Source, s.pair.Source, s.pair.From))
	}
	return s, err
}

func (e *Promoter) sourceTag(ctx context.Context, source reference.Reference,
	reader attachment.Reader,
) (m manifest.Manifest, gone bool, err error) {
	m, err = reader.Manifest(ctx, source.Image, source.Tag)
	if errors.Is(err, failure.ErrNotFound) {
		return m, true, nil
	}
	return m, false, remote.Explain(failure.Source, err, source.String(), "Read on "+source.Image.String())
}

// tagAhead reads the target tag beside the discovery. An image that the target did not have has no tags: its last look,
// directly before the promotion, makes sure of that.
func (e *Promoter) tagAhead(ctx context.Context, s *survey, r plan.Request) func() (digest.Digest, error) {
	if s.pair.vacant {
		return func() (digest.Digest, error) { return "", nil }
	}
	var d digest.Digest
	read := parallel.Start(func() (err error) { d, err = e.targetTag(ctx, r.Target, s.pair.To); return err })
	return func() (digest.Digest, error) {
		err := read()
		return d, err
	}
}

// targetTag returns what the target tag shows, or nothing. A tag that the folder shows is not free because a read
// denies it.
func (e *Promoter) targetTag(ctx context.Context, target reference.Reference,
	listing attachment.Listing,
) (digest.Digest, error) {
	resolve := e.Registry.Resolve
	if listing.Has(target.Tag) {
		resolve = func(ctx context.Context, image reference.Image, tag string) (digest.Digest, error) {
			return e.ShownDigest(ctx, failure.Target, image, tag)
		}
	}
	d, err := resolve(ctx, target.Image, target.Tag)
	if errors.Is(err, failure.ErrNotFound) {
		return "", nil
	}
	return d, remote.Explain(failure.Target, err, target.String(), "Read on "+target.Image.String())
}

// discover reads the source's graph.
func (e *Promoter) discover(ctx context.Context, s *survey) (err error) {
	reader, places := e.Insist(failure.Source, s.pair.Source, s.pair.First, s.pair.places(e)...), s.pair.places(e)
	s.graph, err = attachment.Discover(ctx, reader, s.pair.Source, s.root, s.pair.searched(e, s.pair.First), places...)
	if err == nil && s.pair.Narrow != nil {
		err = s.pair.Narrow(ctx, s.graph)
	}
	return remote.Explain(failure.Source, err, "looking for what is attached to "+s.pair.Source.String(),
		"Read on "+s.pair.Source.String())
}

// compare reads what the target has of the graph.
func (e *Promoter) compare(ctx context.Context, s *survey, r plan.Request) error {
	return remote.Explain(failure.Target, e.targetState(ctx, s, r), "reading "+s.pair.Target.String(),
		"Read on "+s.pair.Target.String())
}

// targetState reads the target's records behind the suffix tags and fallback tags of the graph, its lists of referrers
// and, when the target tag shows the same image already, whether its children are there. What its folders do not show
// is not asked for.
func (e *Promoter) targetState(ctx context.Context, s *survey, r plan.Request) error {
	state := &reading{Promoter: e, survey: s, request: r}
	s.target.Assembled = s.pair.assembled
	s.target.Records = map[string]manifest.Manifest{}
	s.target.ByTagAlone = map[string]bool{}
	s.target.Leftovers = map[string]bool{}
	s.target.Listed, s.target.Held = map[string]bool{}, map[string]bool{}
	s.target.Bundles, s.target.Sigs = map[digest.Digest]bool{}, map[digest.Digest]bool{}
	s.target.Lacking = map[digest.Digest]bool{}
	s.target.Folders = len(s.pair.To.Names) + s.pair.grown
	state.staging(ctx, r)
	state.layers(ctx, r)
	state.former(ctx, r)
	if s.pair.Source == s.pair.Target {
		state.own()
		return parallel.All(state.calls...)
	}
	state.calls = append(state.calls, func() error { return e.tagsOfReferrers(ctx, s) })
	state.folders(r)
	state.unhidden(ctx, r)
	state.records(ctx, r)
	state.referrers(ctx, r)
	state.torn(ctx)
	if s.target.Tagged == s.graph.Root {
		for _, d := range s.graph.ImageDigests()[1:] {
			state.calls = append(state.calls, func() error { return e.lacking(ctx, s, d, &state.mu) })
		}
	}
	if err := parallel.All(state.calls...); err != nil {
		return err
	}
	state.ofRecords()
	return e.tagsAtTarget(ctx, s)
}

func (e *Promoter) lacking(ctx context.Context, s *survey, d digest.Digest, mu *sync.Mutex) error {
	held, err := e.SureDigestOf(ctx, failure.Target, s.pair.Target, d.String())
	if err != nil || held != "" {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	// What the source lacks too cannot be asked of the target.
	if _, there := s.graph.Nodes[d]; there {
		s.target.Lacking[d] = true
	}
	return nil
}
