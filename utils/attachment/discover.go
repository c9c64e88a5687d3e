package attachment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Reader is what discovery needs of a registry. A manifest that is not there is failure.ErrNotFound; supported is false when the
// server has no referrers API. Every other error ends the discovery: it is never "nothing attached".
type Reader interface {
	Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error)
	Referrers(ctx context.Context, image reference.Image, subject digest.Digest) (entries []ocispec.Descriptor, supported bool, err error)
}

// maxNodes bounds a graph, so that a registry which answers with ever new attachments cannot hold a run for ever.
const maxNodes = 10_000

// Place is an image in which attachments are kept, and its folder.
type Place struct {
	Image   reference.Image
	Listing Listing
}

// Survey is Discover for those who only look: what cannot be read is noted in the graph's Unreadable, and the rest is shown. A
// promotion must never do this, since what cannot be read is not "nothing attached".
func Survey(ctx context.Context, reader Reader, image reference.Image, root manifest.Manifest, listing Listing, others ...Place) (*Graph, error) {
	w := newWalk(reader, image, root, listing, others)
	w.surveying = true
	return w.run(ctx)
}

// Discover reads the graph of the image whose root manifest and folder are given; others are further places in which attachments of
// it are kept. It goes in rounds: all that is known of a round's
// digests is asked for at once, and what that shows is the next round. Every digest is visited once, so cycles end.
func Discover(ctx context.Context, reader Reader, image reference.Image, root manifest.Manifest, listing Listing, others ...Place) (*Graph, error) {
	return newWalk(reader, image, root, listing, others).run(ctx)
}

func newWalk(reader Reader, image reference.Image, root manifest.Manifest, listing Listing, others []Place) *walk {
	return &walk{
		reader:  reader,
		places:  append([]Place{{Image: image, Listing: listing}}, others...),
		visited: map[digest.Digest]bool{},
		unread:  map[string]bool{},
		graph:   &Graph{Image: image, Root: root.Digest, Nodes: map[digest.Digest]manifest.Manifest{root.Digest: root}},
	}
}

func (w *walk) run(ctx context.Context) (*Graph, error) {
	for round := []digest.Digest{w.graph.Root}; len(round) > 0; {
		next, err := w.round(ctx, round)
		if err != nil {
			return nil, err
		}
		round = next
	}
	slices.SortFunc(w.graph.Attachments, order)
	slices.Sort(w.graph.Unreadable)
	return w.graph, nil
}

type walk struct {
	reader  Reader
	places  []Place
	visited map[digest.Digest]bool
	graph   *Graph
	// surveying notes errors in the graph instead of ending with them.
	surveying bool
	mu        sync.Mutex
	// unread names what was noted so, to keep it from being called missing.
	unread map[string]bool
}

// noted takes an error over into the graph when surveying; false means that it ends the walk.
func (w *walk) noted(ctx context.Context, ref, what string, err error) bool {
	if !w.surveying || err == nil || ctx.Err() != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unread[ref] = true
	w.graph.Unreadable = append(w.graph.Unreadable, fmt.Sprintf("%s cannot be read: %v", what, err))
	return true
}

// isMissing tells whether something that was not found is truly not there.
func (w *walk) isMissing(ref string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.unread[ref]
}

// round looks at every digest at once and merges what they showed in the order given, so that a graph does not depend on timing.
func (w *walk) round(ctx context.Context, digests []digest.Digest) ([]digest.Digest, error) {
	sights := make([]sight, len(digests))
	group, ctx := errgroup.WithContext(ctx)
	for i, d := range digests {
		w.visited[d] = true
		sights[i] = sight{digest: d}
		known, ok := w.graph.Nodes[d]
		group.Go(func() error { return sights[i].look(ctx, w, known, ok) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var next []digest.Digest
	for i := range sights {
		next = w.merge(&sights[i], next)
	}
	if len(w.visited)+len(next) > maxNodes {
		return nil, fmt.Errorf("%s: more than %d manifests belong to this image", w.graph.Image, maxNodes)
	}
	return next, nil
}

// merge takes over what was seen and appends the digests that are new to next.
func (w *walk) merge(s *sight, next []digest.Digest) []digest.Digest {
	add := func(d digest.Digest) {
		if !w.visited[d] && !slices.Contains(next, d) {
			next = append(next, d)
		}
	}
	switch {
	case s.missing && !w.isMissing(s.digest.String()):
	case s.missing:
		w.graph.Missing = append(w.graph.Missing, s.digest)
		w.graph.warn("%s is named by an index of %s but is not there", s.digest, w.graph.Image)
	default:
		w.graph.Nodes[s.digest] = s.manifest
	}
	for _, child := range s.manifest.Children() {
		add(child)
	}
	for _, a := range s.attachments {
		w.graph.Nodes[a.Manifest.Digest] = a.Manifest
		w.graph.Attachments = append(w.graph.Attachments, a)
		add(a.Manifest.Digest)
	}
	w.graph.Fallbacks = append(w.graph.Fallbacks, s.fallbacks...)
	w.graph.API = w.graph.API || s.api
	w.graph.Warnings = append(w.graph.Warnings, s.warnings...)
	return next
}

// fetch reads a manifest of the image itself; found is false when the registry is certain that it is not there.
func (w *walk) fetch(ctx context.Context, ref string) (m manifest.Manifest, found bool, err error) {
	return w.fetchFrom(ctx, w.graph.Image, ref)
}

func (w *walk) fetchFrom(ctx context.Context, image reference.Image, ref string) (m manifest.Manifest, found bool, err error) {
	m, err = w.reader.Manifest(ctx, image, ref)
	if errors.Is(err, failure.ErrNotFound) || w.noted(ctx, ref, ref, err) {
		return manifest.Manifest{}, false, nil
	}
	return m, err == nil, err
}
