package attachment

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Reader is what discovery needs of a registry. A manifest that is not there is failure.ErrNotFound; supported is false
// when the server has no referrers API. Every other error ends the discovery: it is never "nothing attached".
type Reader interface {
	Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error)
	Referrers(ctx context.Context, image reference.Image,
		subject digest.Digest) (entries []ocispec.Descriptor, supported bool, err error)
}

const (
	// maxNodes bounds a graph, so that a registry which answers with ever new attachments cannot hold a run for ever.
	maxNodes = 10_000
	// maxRounds bounds how deep it is: an index in an index and so on, or a signature on a signature.
	maxRounds = 100
	// maxBytes bounds the manifests of a graph together, so that they cannot fill the memory.
	maxBytes = 256 << 20
)

// Place is an image in which attachments are kept, and its folder.
type Place struct {
	Image   reference.Image
	Listing Listing
}

// Survey is Discover for those who only look: what cannot be read is noted in the graph's Unreadable, and the rest is
// shown. A promotion must never do this, since what cannot be read is not "nothing attached".
func Survey(ctx context.Context, reader Reader, image reference.Image, root manifest.Manifest, listing Listing,
	others ...Place,
) (*Graph, error) {
	w := newWalk(reader, image, root, listing, others)
	w.surveying = true
	return w.run(ctx)
}

// Discover reads the graph of the image whose root manifest and folder are given; others are further places in which
// attachments of it are kept. It goes in rounds: whatever what is known leaves open is asked for at once, and what that
// shows is the next round. Each question is asked once, so cycles end.
func Discover(ctx context.Context, reader Reader, image reference.Image, root manifest.Manifest, listing Listing,
	others ...Place,
) (*Graph, error) {
	return newWalk(reader, image, root, listing, others).run(ctx)
}

// walk holds what was read so far, by what was asked for.
type walk struct {
	reader
	image     reference.Image
	root      manifest.Manifest
	places    []Place
	manifests map[source]*manifest.Manifest
	lookups   map[digest.Digest][]lookup
	// strays are what was looked at without being listed, by their subjects; looked tells that this was done.
	strays map[digest.Digest][]Attachment
	looked bool
}

// source is a digest and the image that it is read from; the zero image is every place, one after another.
type source struct {
	home   reference.Image
	digest digest.Digest
}

func newWalk(from Reader, image reference.Image, root manifest.Manifest, listing Listing, others []Place) *walk {
	return &walk{
		reader: reader{source: from, limit: maxBytes}, image: image, root: root,
		places:    append([]Place{{Image: image, Listing: listing}}, others...),
		manifests: map[source]*manifest.Manifest{}, lookups: map[digest.Digest][]lookup{},
	}
}

func (w *walk) run(ctx context.Context) (*Graph, error) {
	for range maxRounds {
		a := w.assemble()
		if err := w.tooMany(len(w.lookups) + len(a.openLookups)); err != nil {
			return nil, err
		}
		if len(a.openLookups)+len(a.openManifests) == 0 && !w.looked {
			if err := w.lookForUnlisted(ctx, a); err != nil {
				return nil, err
			}
			if len(w.strays) > 0 {
				continue
			}
		}
		if len(a.openLookups)+len(a.openManifests) == 0 {
			slices.SortFunc(a.graph.Attachments, order)
			a.graph.Unreadable = w.unreadable
			slices.Sort(a.graph.Unreadable)
			return a.graph, nil
		}
		if err := w.ask(ctx, a); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: what belongs to this image is nested more than %d deep", w.image, maxRounds)
}

// tooMany ends a walk over a graph that no image has.
func (w *walk) tooMany(n int) error {
	if n > maxNodes {
		return fmt.Errorf("%s: more than %d manifests belong to this image", w.image, maxNodes)
	}
	return nil
}

// ask reads at once what an assembly left open.
func (w *walk) ask(ctx context.Context, a *assembly) error {
	manifests := make([]*manifest.Manifest, len(a.openManifests))
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range a.openManifests {
		group.Go(func() (err error) { manifests[i], err = w.read(ctx, s); return err })
	}
	for _, d := range a.openLookups {
		lookups := make([]lookup, len(w.places))
		w.lookups[d] = lookups
		for i, place := range w.places {
			lookups[i] = lookup{digest: d, place: place}
			group.Go(func() error { return lookups[i].read(ctx, w) })
		}
	}
	err := group.Wait()
	for i, s := range a.openManifests {
		w.manifests[s] = manifests[i]
	}
	return err
}

// read looks for a manifest where it was said to be; one that only its digest names is looked for in every place.
func (w *walk) read(ctx context.Context, s source) (*manifest.Manifest, error) {
	places := w.places
	if s.home != (reference.Image{}) {
		places = []Place{{Image: s.home}}
	}
	for _, place := range places {
		if m, found, err := w.fetch(ctx, place.Image, s.digest.String()); err != nil || found {
			return &m, err
		}
	}
	return nil, nil
}
