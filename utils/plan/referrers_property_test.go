package plan_test

import (
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

// Guarantee 2 for all storage forms, with and without referrers API: afterwards ⊇ before ∪ source, records by their
// entries, lists and referrers by digest. And a second run has nothing to do.
func TestMakeLosesNoReferrer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySource(t)
		addReferrers(t, s)
		g := s.graph("1.0")
		state := anyReferrers(t, g, anyRecords(t, g))
		p, err := plan.Make(unsigned(), g, state)
		if err != nil {
			if !failure.IsRefusal(err) || len(p.Of(plan.Promote)) > 0 {
				t.Fatalf("nothing here is a plain failure: %v", err)
			}
			return
		}
		inOrder(t, p)
		after := apply(t, p, state)
		for _, a := range g.Attachments {
			arrived(t, g, a, after)
		}
		for path, m := range state.Records {
			keeps(t, path, after.Records[path], m)
		}
		if again, err := plan.Make(unsigned(), g, after); err != nil || !again.Empty() {
			t.Fatalf("a second run would do %v (%v)", actions(again), err)
		}
	})
}

// On a new target everything is brought, each subject in an earlier wave than the referrers that are attached to it.
func TestMakeOrdersWaves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySource(t)
		addReferrers(t, s)
		g := s.graph("1.0")
		p, err := plan.Make(unsigned(), g, plan.Target{})
		if err != nil {
			t.Fatalf("a new target refuses nothing: %v", err)
		}
		first := map[digest.Digest]int{}
		for _, d := range g.ImageDigests() {
			first[d] = -1
		}
		steps := p.Of(plan.CopyAttachment, plan.PushReferrer)
		for _, step := range steps {
			// With an attached index come its children.
			for _, d := range g.Below(step.Digest) {
				if wave, known := first[d]; !known || step.Wave < wave {
					first[d] = step.Wave
				}
			}
		}
		for _, step := range p.Of(plan.PushReferrer) {
			if !g.API {
				// Such a registry knows of no subjects.
				break
			}
			if wave, known := first[step.Subject]; !known || wave >= step.Wave {
				t.Fatalf("%s comes in wave %d, its subject in %d (%v)", step.Path, step.Wave, wave, known)
			}
		}
	})
}

// addReferrers draws referrers and fallback tags on whatever the folder holds.
func addReferrers(t *rapid.T, s *shelf) {
	s.api = rapid.Bool().Draw(t, "api")
	for i := range rapid.IntRange(0, 6).Draw(t, "referrers") {
		subject, name := anyOf(t, s), fmt.Sprint(i)
		switch rapid.SampledFrom([]string{"bundle", "notation", "index", "artifact", "bare", "record", "record"}).Draw(t,
			"referrer") {
		case "bundle":
			s.attach(subject, bundleType, name)
		case "notation":
			s.attach(subject, notationType, name)
		case "index":
			s.attachIndex(subject, anyOf(t, s), s.image("", "layer"+name))
		case "artifact":
			d := describe(subject)
			s.put("", manifest.OCIArtifact, manifest.Content{
				ArtifactType: "example/x", Blobs: []ocispec.Descriptor{*blob(name)},
				Subject: &d,
			})
		case "bare":
			s.fallback(subject, append(fallbackEntries(t, s, subject), entriesFor(s.image("", "bare"+name))...)...)
		case "record":
			s.folders[tagOf(subject, suffix(t))] = anyOf(t, s)
		}
	}
	for _, m := range sorted(s) {
		if s.holds(m.Digest) && !isFallback(s, m) && rapid.Bool().Draw(t, "list") {
			s.fallback(m, fallbackEntries(t, s, m)...)
		}
	}
}

// fallbackEntries returns what the fallback tag of a subject lists: its referrers, some not, some damaged, and some
// that are no attachment of it.
func fallbackEntries(t *rapid.T, s *shelf, subject manifest.Manifest) []ocispec.Descriptor {
	entries := []ocispec.Descriptor{}
	if old, ok := s.folders[reference.FallbackTag(subject.Digest)]; ok {
		entries = append(entries, old.Content.Manifests...)
	}
	for _, m := range sorted(s) {
		if m.Content.Subject == nil || m.Content.Subject.Digest != subject.Digest {
			continue
		}
		e := entriesFor(m)[0]
		switch rapid.SampledFrom([]string{"right", "right", "bare", "damaged", "none", "dangling"}).Draw(t, "entry") {
		case "bare":
			e.Annotations = nil
		case "damaged":
			e.ArtifactType = ocispec.MediaTypeEmptyJSON
		case "none":
			continue
		case "dangling":
			entries = append(entries, *blob("gone"))
		}
		entries = append(entries, e)
	}
	return entries
}

// sorted returns every manifest of a folder in the order of their names, so that a draw can be repeated.
func sorted(s *shelf) []manifest.Manifest {
	var all []manifest.Manifest
	for _, name := range slices.Sorted(maps.Keys(s.folders)) {
		all = append(all, s.folders[name])
	}
	return all
}

// anyOf draws a manifest that is no fallback index.
func anyOf(t *rapid.T, s *shelf) manifest.Manifest {
	all := slices.DeleteFunc(sorted(s), func(m manifest.Manifest) bool { return isFallback(s, m) })
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "which")]
}

func isFallback(s *shelf, m manifest.Manifest) bool {
	for name, held := range s.folders {
		if reference.IsFallbackTag(name) && held.Digest == m.Digest {
			return true
		}
	}
	return false
}

// anyRecords is anyTarget for the suffix tags alone.
func anyRecords(t *rapid.T, g *attachment.Graph) plan.Target {
	records := *g
	records.Attachments = g.Stored(attachment.SuffixTag)
	return anyTarget(t, &records)
}

// anyReferrers draws what a target may hold of the graph's referrers: nothing, the manifest, and a list of the API or a
// fallback tag that shows it or something else. A leftover of `cosign copy` is drawn now and then.
func anyReferrers(t *rapid.T, g *attachment.Graph, state plan.Target) plan.Target {
	state.Held, state.Listed, state.Leftovers = map[string]bool{}, map[string]bool{}, map[string]bool{}
	theirs := map[digest.Digest][]ocispec.Descriptor{}
	for _, a := range g.Stored(attachment.Referrer, attachment.Fallback) {
		path := to().Folder(a.Name())
		state.Held[path] = state.Held[path] || rapid.Bool().Draw(t, "held")
		state.Listed[path] = g.API && a.Manifest.Content.Subject != nil && rapid.Bool().Draw(t, "listed")
		switch rapid.SampledFrom([]string{"", "", "it", "damaged", "stranger", "cut", "leftover"}).Draw(t,
			"in their fallback tag") {
		case "it":
			theirs[a.Subject] = append(theirs[a.Subject], entriesFor(a.Manifest)...)
		case "damaged":
			theirs[a.Subject] = append(theirs[a.Subject], describe(a.Manifest))
		case "stranger":
			theirs[a.Subject] = append(theirs[a.Subject], *blob("stranger"))
		case "cut":
			state.Records[to().Folder(reference.FallbackTag(a.Subject))] = manifest.Manifest{}
		case "leftover":
			state.Leftovers[to().Folder(reference.FallbackTag(a.Subject))] = rapid.IntRange(0, 9).Draw(t, "leftover") == 0
		}
	}
	for subject, entries := range theirs {
		path := to().Folder(reference.FallbackTag(subject))
		if !state.Leftovers[path] {
			state.Records[path] = fallbackOf(t, entries...)
		}
	}
	return state
}

// list carries out a step that writes a referrer or a fallback tag.
func list(t *rapid.T, s plan.Step, before, after plan.Target) {
	if s.Action == plan.PushReferrer {
		after.Held[s.Path] = true
		after.Listed[s.Path] = s.Manifest.Content.Subject != nil
		return
	}
	if s.Before != before.Records[s.Path].Digest || s.Digest != s.Manifest.Digest || before.Leftovers[s.Path] {
		t.Fatalf("%s is not what %s would be written over", s.Before, s.Path)
	}
	after.Records[s.Path] = s.Manifest
}

// arrived fails unless the target has an attachment, where verifiers find it.
func arrived(t *rapid.T, g *attachment.Graph, a attachment.Attachment, after plan.Target) {
	if a.Storage == attachment.SuffixTag {
		contains(t, "the source's "+a.Tag, after.Records[to().Folder(a.Tag)], a.Manifest)
		return
	}
	path := to().Folder(a.Name())
	listed := slices.Contains(after.Records[to().Folder(reference.FallbackTag(a.Subject))].Children(), a.Manifest.Digest)
	switch {
	case !after.Held[path]:
		t.Fatalf("%s is not there", path)
	case !g.API || a.Manifest.Content.Subject == nil:
		if !listed {
			t.Fatalf("%s is in no list", path)
		}
	case !after.Listed[path]:
		t.Fatalf("%s is not listed by the API", path)
	case g.Fallback(a.Home, a.Subject).Digest != "" && !after.Leftovers[to().Folder(reference.FallbackTag(a.Subject))] && !listed:
		t.Fatalf("%s is not in the fallback tag, which exists", path)
	}
}

// keeps fails unless what the target held is in what it holds now.
func keeps(t *rapid.T, path string, now, before manifest.Manifest) {
	if !reference.IsFallbackTag(path[len(to().String())+1:]) {
		contains(t, "the target's "+path, now, before)
		return
	}
	for _, d := range before.Children() {
		if !slices.Contains(now.Children(), d) {
			t.Fatalf("%s does not list %s any more", path, d)
		}
	}
}
