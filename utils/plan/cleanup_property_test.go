package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Guarantee 4, for any image: after a move of one tag, everything that can be reached from what stays is still there.
func TestCleanupKeepsWhatIsReachable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyImage(t)
		tags := s.listing().ImageTags()
		tag := rapid.SampledFrom(tags).Draw(t, "moved")
		deleted := s.cleanup(tag)
		roots := s.roots(tag)
		before := s.reachable(roots)
		for _, name := range deleted {
			delete(s.folders, name)
		}
		for d := range before {
			if !s.holds(d) {
				t.Fatalf("moving %s deleted %v, and %s is gone", tag, deleted, d)
			}
		}
		if after := s.reachable(roots); len(after) != len(before) {
			t.Fatalf("moving %s deleted %v: %d manifests were reachable, %d are", tag, deleted, len(before), len(after))
		}
	})
}

// And nothing is left of an image that stands alone.
func TestCleanupLeavesNothingOfALonelyImage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyImage(t)
		for _, tag := range s.listing().ImageTags()[1:] {
			delete(s.folders, tag)
		}
		tag := s.listing().ImageTags()[0]
		g := s.graph(tag)
		maps.DeleteFunc(s.folders, func(name string, m manifest.Manifest) bool { _, own := g.Nodes[m.Digest]; return !own && name != tag })
		g = s.graph(tag)
		for _, name := range s.cleanup(tag) {
			delete(s.folders, name)
		}
		for name, m := range s.folders {
			if name == tag || slices.Contains(g.ImageDigests(), m.Digest) && name == reference.DigestFolder(m.Digest) {
				t.Fatalf("%s stays behind", name)
			}
		}
	})
}

// anyImage draws a folder full of images, tagged and untagged, indexes of them, and attachments on anything.
func anyImage(t *rapid.T) *shelf {
	s := newShelf(t)
	s.api = rapid.Bool().Draw(t, "api")
	var all []manifest.Manifest
	place := func(i int) string {
		if rapid.Bool().Draw(t, "tagged") {
			return fmt.Sprintf("tag%d", i)
		}
		return ""
	}
	some := func() manifest.Manifest { return all[rapid.IntRange(0, len(all)-1).Draw(t, "which")] }
	all = append(all, s.image("tag", "first"))
	for i := range rapid.IntRange(1, 12).Draw(t, "manifests") {
		var m manifest.Manifest
		switch rapid.SampledFrom([]string{"image", "image", "index", "index", "suffix", "suffix", "referrer"}).Draw(t, "what") {
		case "image":
			m = s.image(place(i), rapid.SampledFrom([]string{"a", "b", "c", "first"}).Draw(t, "name"))
		case "index":
			m = s.index(place(i), some(), some(), some())
		case "suffix":
			// Few entries, so that one record hangs on several subjects now and then.
			m = s.hang(some(), rapid.SampledFrom([]string{"sig", "att", "sbom"}).Draw(t, "suffix"), rapid.SampledFrom([]string{"A", "B"}).Draw(t, "entry"))
		case "referrer":
			m = s.refer(some(), fmt.Sprint(i))
		}
		all = append(all, m)
	}
	return s
}

// roots names what stays and stands for itself: the other tags, and untagged manifests that do not belong to the moved image.
func (s *shelf) roots(moved string) []digest.Digest {
	own := s.graph(moved).Nodes
	var roots []digest.Digest
	for name, m := range s.folders {
		_, isOwn := own[m.Digest]
		if _, untagged := reference.ParseDigestFolder(name); name != moved && (reference.IsImageTag(name) || untagged && !isOwn) {
			roots = append(roots, m.Digest)
		}
	}
	return roots
}

// reachable follows children, subjects and suffix tags, as far as they are there, without any code of the plugin's own.
func (s *shelf) reachable(roots []digest.Digest) map[digest.Digest]bool {
	reached := map[digest.Digest]bool{}
	for todo := slices.Clone(roots); len(todo) > 0; {
		d := todo[0]
		todo = todo[1:]
		if reached[d] || !s.holds(d) {
			continue
		}
		reached[d] = true
		for name, m := range s.folders {
			if m.Digest == d {
				for _, child := range m.Content.Manifests {
					todo = append(todo, child.Digest)
				}
			}
			if len(name) > 72 && name[:72] == "sha256-"+d.Encoded()+"." {
				todo = append(todo, m.Digest)
			}
			if subject := m.Content.Subject; subject != nil && subject.Digest == d {
				todo = append(todo, m.Digest)
			}
		}
	}
	return reached
}

func (s *shelf) holds(d digest.Digest) bool {
	for _, m := range s.folders {
		if m.Digest == d {
			return true
		}
	}
	return false
}
