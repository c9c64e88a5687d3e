package plan_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// Guarantee 2 for any source and target: afterwards ⊇ before ∪ source. And a second run has nothing to do.
func TestMakeLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySource(t)
		g := s.graph("1.0")
		state := anyTarget(t, g)
		r := request()
		r.AllowUnsigned, r.NoOverwrite = rapid.Bool().Draw(t, "allow unsigned"), rapid.Bool().Draw(t, "no overwrite")
		p, err := plan.Make(r, g, state)
		if err != nil {
			if !failure.IsRefusal(err) {
				t.Fatalf("nothing here is a plain failure: %v", err)
			}
			return
		}
		inOrder(t, p)
		after := apply(t, p, state)
		for _, a := range g.Attachments {
			contains(t, "the source's "+a.Tag, after.Records[to().Folder(a.Tag)], a.Manifest)
		}
		for tag, m := range state.Records {
			contains(t, "the target's "+tag, after.Records[tag], m)
		}
		if again, err := plan.Make(r, g, after); err != nil || !again.Empty() {
			t.Fatalf("a second run would do %v (%v)", actions(again), err)
		}
	})
}

func entry(t *rapid.T) string { return rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "entry") }

func entries(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.Custom(entry), 0, 3).Draw(t, "entries")
}

func anyRecord(t *rapid.T, suffix string) manifest.Manifest {
	switch rapid.IntRange(0, 9).Draw(t, "form") {
	case 0:
		return made(t, ocispec.MediaTypeImageIndex, manifest.Content{Manifests: []ocispec.Descriptor{*blob(entry(t))}})
	case 1:
		return made(t, manifest.OCIArtifact, manifest.Content{Blobs: []ocispec.Descriptor{*blob(entry(t))}})
	default:
		return record(t, suffix, entries(t)...)
	}
}

func suffix(t *rapid.T) string {
	return rapid.SampledFrom([]string{"sig", "sig", "att", "sbom", "x"}).Draw(t, "suffix")
}

// anySource draws an index with two children and records on any of them and on each other.
func anySource(t *rapid.T) *shelf {
	s := newShelf(t)
	all := []manifest.Manifest{s.image("", "amd64"), s.image("", "arm")}
	all = append(all, s.index("1.0", all...))
	for range rapid.IntRange(0, 6).Draw(t, "records") {
		subject, as := all[rapid.IntRange(0, len(all)-1).Draw(t, "subject")], suffix(t)
		m := anyRecord(t, as)
		s.folders[tagOf(subject, as)] = m
		all = append(all, m)
	}
	return s
}

// anyTarget draws what a target may hold of the graph: nothing, the same, something else, or a folder that a cut copy
// left.
func anyTarget(t *rapid.T, g *attachment.Graph) plan.Target {
	state := plan.Target{Records: records{}, Lacking: map[digest.Digest]bool{}}
	state.Tagged = rapid.SampledFrom([]digest.Digest{"", g.Root, blob("other").Digest}).Draw(t, "tagged")
	for _, a := range g.Attachments {
		switch rapid.SampledFrom([]string{"absent", "same", "cut", "other"}).Draw(t, "state") {
		case "same":
			state.Records[to().Folder(a.Tag)] = a.Manifest
		case "cut":
			state.Records[to().Folder(a.Tag)] = manifest.Manifest{}
		case "other":
			state.Records[to().Folder(a.Tag)] = anyRecord(t, a.Tag[strings.LastIndex(a.Tag, ".")+1:])
		}
	}
	if state.Tagged == g.Root && rapid.Bool().Draw(t, "lacking") {
		state.Lacking[g.Children(g.Root)[0]] = true
	}
	return state
}

// inOrder fails unless attachments come first, each once, and the image last.
func inOrder(t *rapid.T, p *plan.Plan) {
	seen := map[string]bool{}
	for i, s := range p.Steps {
		if seen[s.Path] || s.Action == plan.Promote != (s.Path == to().Folder("1.0")) || s.Action == plan.Promote && i != len(p.Steps)-1 {
			t.Fatalf("the steps are %v", actions(p))
		}
		seen[s.Path] = true
	}
}

// apply carries the plan out on a model of the target.
func apply(t *rapid.T, p *plan.Plan, before plan.Target) plan.Target {
	after := plan.Target{
		Tagged: before.Tagged, Lacking: before.Lacking, Records: maps.Clone(before.Records),
		Held: maps.Clone(before.Held), Listed: maps.Clone(before.Listed), Leftovers: before.Leftovers,
	}
	for _, s := range p.Steps {
		name := s.Path[len(to().String())+1:]
		held, exists := before.Records[s.Path]
		switch s.Action {
		case plan.PushReferrer, plan.UpdateFallback:
			list(t, s, before, after)
			continue
		case plan.Promote:
			after.Tagged, after.Lacking = s.Digest, nil
			continue
		case plan.CopyAttachment:
			if exists {
				t.Fatalf("a folder is copied onto %s, where it would nest", s.Path)
			}
		case plan.MergeAttachment:
			merged, err := merge.Records(held, s.Manifest, []byte(`{}`))
			if err != nil {
				t.Fatalf("%s cannot be merged: %v", s.Path, err)
			}
			after.Records[s.Path] = merged.Manifest
			continue
		case plan.UpdateAttachment:
			if !exists || s.Before != held.Digest {
				t.Fatalf("%s does not hold %q", s.Path, s.Before)
			}
		default:
			t.Fatalf("%s is no step of a copy", s.Action)
		}
		if s.From != from().Folder(name) {
			t.Fatalf("%s is copied from %s", s.Path, s.From)
		}
		after.Records[s.Path] = s.Manifest
	}
	return after
}

// contains fails unless m holds whatever part holds: layers as often, children and blobs.
func contains(t *rapid.T, what string, m, part manifest.Manifest) {
	if part.Digest == "" || m.Digest == part.Digest {
		return
	}
	mine, theirs := m.Entries(), part.Entries()
	for _, e := range theirs {
		i := slices.IndexFunc(mine, func(o manifest.Entry) bool {
			return o.Digest == e.Digest && o.MediaType == e.MediaType && maps.Equal(o.Annotations, e.Annotations)
		})
		if i < 0 {
			t.Fatalf("%s: the entry %v is lost", what, e)
		}
		mine = slices.Delete(mine, i, i+1)
	}
	if len(part.Content.Manifests)+len(part.Content.Blobs) > 0 {
		t.Fatalf("%s was replaced by %s", what, m.Digest)
	}
}
