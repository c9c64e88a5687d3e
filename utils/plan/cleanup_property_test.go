package plan_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
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
		own := namesOf(g)
		own[tag] = true
		maps.DeleteFunc(s.folders, func(name string, _ manifest.Manifest) bool { return !own[name] })
		for _, name := range s.cleanup(tag) {
			delete(s.folders, name)
		}
		if len(s.folders) > 0 {
			t.Fatalf("%v stay behind", slices.Sorted(maps.Keys(s.folders)))
		}
	})
}

// A run that is cut off after any of its deletes leaves a way from the root to all that is left to delete. It may find
// more than that: of two records with the same content one may stay as long as both belong to the image. But nothing
// that can be reached from what stays.
func TestCleanupCanBeTakenUpAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyImage(t)
		tag := rapid.SampledFrom(s.listing().ImageTags()).Draw(t, "moved")
		root := s.folders[tag]
		todo := s.cleanup(tag)
		if len(todo) == 0 || todo[0] != tag {
			return
		}
		before := s.reachable(s.roots(tag))
		kept := maps.Clone(s.folders)
		done := rapid.IntRange(1, len(todo)).Draw(t, "done")
		for _, name := range todo[:done] {
			delete(s.folders, name)
		}
		// What is gone is read at the target, by its digest.
		reader := completed{shelf: s, target: &shelf{t: s.t, folders: kept}}
		g, err := attachment.Discover(context.Background(), reader, from(), root, s.listing())
		if err != nil {
			t.Fatal(err)
		}
		rest, err := attachment.Needed(context.Background(), reader, g, s.listing(), "")
		if err != nil {
			t.Fatal(err)
		}
		var left []string
		for _, step := range plan.Cleanup(g, "", s.listing(), rest) {
			left = append(left, step.Path[len(from().String())+1:])
		}
		for _, want := range todo[done:] {
			if !slices.Contains(left, want) {
				t.Fatalf("after %v\nthere is left %v,\nof which is found %v", todo[:done], todo[done:], left)
			}
		}
		for _, name := range left {
			delete(s.folders, name)
		}
		for d := range before {
			if !s.holds(d) {
				t.Fatalf("after %v\nthere was found %v, and %s is gone", todo[:done], left, d)
			}
		}
	})
}

// completed is the source as a rerun reads it: a digest that it has no more comes from the target.
type completed struct {
	*shelf
	target *shelf
}

func (c completed) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	m, err := c.shelf.Manifest(ctx, image, ref)
	if _, isDigest := reference.ParseDigestFolder(ref); isDigest && errors.Is(err, failure.ErrNotFound) {
		return c.target.Manifest(ctx, image, ref)
	}
	return m, err
}

// namesOf returns the folders of a graph.
func namesOf(g *attachment.Graph) map[string]bool {
	names := map[string]bool{}
	for d := range g.Nodes {
		names[reference.DigestFolder(d)] = true
	}
	for _, a := range g.Attachments {
		names[a.Name()] = true
	}
	for _, f := range g.Fallbacks {
		names[f.Tag()] = true
	}
	return names
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
		switch rapid.SampledFrom([]string{
			"image", "image", "index", "index", "suffix", "suffix", "referrer", "referrer",
			"attached index", "entry",
		}).Draw(t, "what") {
		case "image":
			m = s.image(place(i), rapid.SampledFrom([]string{"a", "b", "c", "first"}).Draw(t, "name"))
		case "index":
			m = s.index(place(i), some(), some(), some())
		case "suffix":
			// Few entries, so that one record is attached to several subjects now and then.
			m = s.hang(some(), rapid.SampledFrom([]string{"sig", "att", "sbom"}).Draw(t, "suffix"),
				rapid.SampledFrom([]string{"A", "B"}).Draw(t, "entry"))
		case "referrer":
			m = s.refer(some(), fmt.Sprint(i))
		case "attached index":
			m = s.attachIndex(some(), some(), some())
		case "entry":
			subject := some()
			m = s.image("", fmt.Sprint("bare", i))
			s.fallback(subject, append(slices.Clone(s.folders[reference.FallbackTag(subject.Digest)].Content.Manifests),
				describe(m))...)
		}
		all = append(all, m)
	}
	for _, m := range all {
		if rapid.Bool().Draw(t, "list") {
			s.fallback(m, s.referrersOf(m)...)
		}
	}
	return s
}

// referrersOf returns what the fallback tag of a manifest lists, and all that names it as its subject.
func (s *shelf) referrersOf(m manifest.Manifest) []ocispec.Descriptor {
	entries := slices.Clone(s.folders[reference.FallbackTag(m.Digest)].Content.Manifests)
	for _, o := range sorted(s) {
		if o.Content.Subject != nil && o.Content.Subject.Digest == m.Digest {
			entries = append(entries, describe(o))
		}
	}
	return entries
}

// roots names what stays and stands for itself: the other tags, and untagged manifests that do not belong to the moved
// image.
func (s *shelf) roots(moved string) []digest.Digest {
	own := s.graph(moved).Nodes
	var roots []digest.Digest
	for name, m := range s.folders {
		_, isOwn := own[m.Digest]
		if _, untagged := reference.ParseDigestFolder(name); name != moved && (reference.IsImageTag(name) || untagged &&
			!isOwn) {
			roots = append(roots, m.Digest)
		}
	}
	return roots
}

// reachable follows children, subjects, suffix tags and fallback tags, as far as they are there, without any code of
// the plugin's own.
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
			if name == "sha256-"+d.Encoded() {
				todo = append(todo, m.Digest)
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
