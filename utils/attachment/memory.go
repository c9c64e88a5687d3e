package attachment

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Memory is a reader that remembers manifests by their digests, which never change, for those who look at one image
// again and again while others write to it. It keeps what tells what a manifest needs, and lets go of its bytes.
type Memory struct {
	reader Reader
	mu     sync.Mutex
	known  map[digest.Digest]manifest.Manifest
	// held names the folders of each image that held a manifest.
	held map[reference.Image]map[string]bool
}

// Remember returns a reader that remembers what it has read.
func Remember(r Reader) *Memory {
	return &Memory{reader: r, known: map[digest.Digest]manifest.Manifest{}, held: map[reference.Image]map[string]bool{}}
}

// Manifest always reads: a tag can show something else by now, and who asks by digest may want to know whether it is
// still there.
func (r *Memory) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	m, err := r.reader.Manifest(ctx, image, ref)
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.known[m.Digest] = needs(m)
		if r.held[image] == nil {
			r.held[image] = map[string]bool{}
		}
		r.held[image][ref] = true
	}
	return m, err
}

// Held names the folders of an image that were seen to hold a manifest.
func (r *Memory) Held(image reference.Image) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.held[image]))
}

// Referrers reads a list of referrers.
func (r *Memory) Referrers(ctx context.Context, image reference.Image,
	subject digest.Digest,
) (entries []ocispec.Descriptor, supported bool, err error) {
	return r.reader.Referrers(ctx, image, subject)
}

// of returns what was read before.
func (r *Memory) of(d digest.Digest) (m manifest.Manifest, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, known = r.known[d]
	return m, known
}

// needs leaves of a manifest what it is and what it needs.
func needs(m manifest.Manifest) manifest.Manifest {
	m.Raw, m.Content.Layers, m.Content.Blobs, m.Content.Annotations = nil, nil, nil, nil
	return m
}
