package promotion

import (
	"context"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// torn reads, for what the target has already and therefore counts as done, which blobs its folders lack: an earlier
// run, or a promotion that failed in the middle, can have left a manifest without them.
func (s *reading) torn(ctx context.Context) {
	s.target.Torn = map[string][]ocispec.Descriptor{}
	for image, needs := range s.counted() {
		s.calls = append(s.calls, func() error {
			names := make([]string, 0, len(needs))
			for _, n := range needs {
				names = append(names, n.name)
			}
			held, err := s.Contents(ctx, image, names, len(s.pair.targetListing(image).Names)+s.pair.grown)
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, n := range needs {
				if _, there := held.Shown(n.name); there {
					s.target.Torn[image.Folder(n.name)] = held.Lacks(n.name, n.blobs)
				}
			}
			return err
		})
	}
}

// counted gives, by image, the folders of the target that are there already, with the blobs that the source's manifests
// in them name.
func (s *reading) counted() map[reference.Image][]need {
	found := map[reference.Image][]need{}
	add := func(image, home reference.Image, name string, m manifest.Manifest) {
		if n := needOf(name, m, home); len(n.blobs) > 0 && s.pair.targetListing(image).Has(name) {
			found[image] = append(found[image], n)
		}
	}
	if s.target.Tagged == s.graph.Root {
		add(s.pair.Target, s.pair.Source, s.request.Target.Tag, s.graph.Nodes[s.graph.Root])
		for _, d := range s.graph.ImageDigests()[1:] {
			add(s.pair.Target, s.pair.Source, reference.DigestFolder(d), s.graph.Nodes[d])
		}
	}
	for _, a := range s.graph.Attachments {
		target, carried := s.request.Home(a.Home)
		if !carried || target == a.Home {
			continue
		}
		add(target, a.Home, a.Name(), a.Manifest)
		for _, d := range s.graph.Below(a.Manifest.Digest)[1:] {
			add(target, a.Home, reference.DigestFolder(d), s.graph.Nodes[d])
		}
	}
	return found
}

// ofRecords leaves of what the folders of suffix tags lack that which their own manifests name: another record is
// merged or kept, and does not need all of the source's.
func (s *reading) ofRecords() {
	for _, a := range s.graph.Stored(attachment.SuffixTag) {
		target, _ := s.request.Home(a.Home)
		theirs, known := s.target.Records[target.Folder(a.Tag)]
		if known && theirs.Digest != a.Manifest.Digest {
			s.target.Torn[target.Folder(a.Tag)] = both(s.target.Torn[target.Folder(a.Tag)], theirs.BlobDescriptors())
		}
	}
}

// both returns the blobs that are in both lists.
func both(some, others []ocispec.Descriptor) []ocispec.Descriptor {
	var found []ocispec.Descriptor
	for _, d := range some {
		if hasBlob(others, d.Digest) {
			found = append(found, d)
		}
	}
	return found
}

func hasBlob(blobs []ocispec.Descriptor, d digest.Digest) bool {
	return lists(blobs, []digest.Digest{d})
}
