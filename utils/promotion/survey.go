package promotion

import (
	"context"
	"errors"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// survey is what both sides of one promotion were seen to hold.
type survey struct {
	pair *Pair
	root manifest.Manifest
	// gone tells that the source tag is not there.
	gone   bool
	target plan.Target
	graph  *attachment.Graph
}

// look opens the pair and reads the source tag, all at once.
func (e *Engine) look(ctx context.Context, open func() (*Pair, error), r plan.Request) (*survey, error) {
	s := &survey{}
	err := inOrder(
		func() (err error) { s.pair, err = open(); return err },
		func() (err error) { s.root, s.gone, err = e.sourceTag(ctx, r.Source); return err },
	)
	return s, err
}

func (e *Engine) sourceTag(ctx context.Context, source reference.Reference) (m manifest.Manifest, gone bool, err error) {
	m, err = e.Registry.Manifest(ctx, source.Image, source.Tag)
	if errors.Is(err, failure.ErrNotFound) {
		return m, true, nil
	}
	return m, false, explain(failure.Source, err, source.String(), "Read on "+source.Image.String())
}

// tagAhead reads the target tag beside the discovery. An image that the target did not have has no tags: its last look, directly before
// the promotion, makes sure of that.
func (e *Engine) tagAhead(ctx context.Context, s *survey, r plan.Request) func() (digest.Digest, error) {
	if s.pair.vacant {
		return func() (digest.Digest, error) { return "", nil }
	}
	var d digest.Digest
	read := meanwhile([]func() error{func() (err error) { d, err = e.targetTag(ctx, r.Target); return err }})
	return func() (digest.Digest, error) {
		err := read()
		return d, err
	}
}

func (e *Engine) targetTag(ctx context.Context, target reference.Reference) (digest.Digest, error) {
	d, err := e.Registry.Resolve(ctx, target.Image, target.Tag)
	if errors.Is(err, failure.ErrNotFound) {
		return "", nil
	}
	return d, explain(failure.Target, err, target.String(), "Read on "+target.Image.String())
}

// discover reads the source's graph.
func (e *Engine) discover(ctx context.Context, s *survey) (err error) {
	s.graph, err = attachment.Discover(ctx, e.Registry, s.pair.Source, s.root, s.pair.First, s.pair.places()...)
	return explain(failure.Source, err, "looking for what is attached to "+s.pair.Source.String(), "Read on "+s.pair.Source.String())
}

// compare reads what the target has of the graph.
func (e *Engine) compare(ctx context.Context, s *survey, r plan.Request) error {
	return explain(failure.Target, e.targetState(ctx, s, r), "reading "+s.pair.Target.String(), "Read on "+s.pair.Target.String())
}

// targetState reads the target's records behind the suffix tags and fallback tags of the graph, its lists of referrers and, when the
// target tag shows the same image already, whether its children are there. What its folders do not show is not asked for.
func (e *Engine) targetState(ctx context.Context, s *survey, r plan.Request) error {
	state := &reading{Engine: e, survey: s}
	s.target.Records = map[string]manifest.Manifest{}
	s.target.Leftovers = map[string]bool{}
	s.target.Listed, s.target.Held = map[string]bool{}, map[string]bool{}
	s.target.Bundles, s.target.Sigs = map[digest.Digest]bool{}, map[digest.Digest]bool{}
	s.target.Lacking = map[digest.Digest]bool{}
	s.target.Folders = len(s.pair.To.Names) + s.pair.grown
	state.staging(ctx, r)
	state.layers(ctx, r)
	if s.pair.Source == s.pair.Target {
		return inOrder(state.calls...)
	}
	state.folders(r)
	state.unhidden(ctx, r)
	state.records(ctx, r)
	state.referrers(ctx, r)
	if s.target.Tagged == s.graph.Root {
		for _, d := range s.graph.ImageDigests()[1:] {
			state.calls = append(state.calls, func() error { return e.lacking(ctx, s, d, &state.mu) })
		}
	}
	return inOrder(state.calls...)
}

func (e *Engine) lacking(ctx context.Context, s *survey, d digest.Digest, mu *sync.Mutex) error {
	_, err := e.Registry.Resolve(ctx, s.pair.Target, d.String())
	if !errors.Is(err, failure.ErrNotFound) {
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
