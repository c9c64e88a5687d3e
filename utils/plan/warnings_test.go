package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// about returns the warnings that say something.
func about(p *plan.Plan, text string) []string {
	return slices.DeleteFunc(slices.Clone(p.Warnings), func(w string) bool { return !strings.Contains(w, text) })
}

const (
	masked    = "look at bundles alone"
	bundled   = "without access to the internet"
	named     = "podman"
	repaired  = "artifactType"
	orphaned  = "gets a new digest"
	extended  = "hangs on its old digest"
	replaces  = "is replaced as --on-conflict says"
	staysHere = "stays behind as --on-conflict says"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		build func(s *shelf, root, child manifest.Manifest, target *plan.Target)
		on    plan.Conflict
		want  []string
	}{
		"nothing attached": {func(*shelf, manifest.Manifest, manifest.Manifest, *plan.Target) {}, "", nil},
		"a .sig alone": {func(s *shelf, root, _ manifest.Manifest, _ *plan.Target) {
			s.hang(root, "sig", "A")
		}, "", []string{named}},
		"a .att alone": {func(s *shelf, root, _ manifest.Manifest, _ *plan.Target) {
			s.hang(root, "att", "A")
		}, "", nil},
		"a bundle alone": {func(s *shelf, root, _ manifest.Manifest, _ *plan.Target) {
			s.attach(root, bundleType, "one")
		}, "", []string{bundled}},
		"other referrers mask nothing": {func(s *shelf, root, _ manifest.Manifest, _ *plan.Target) {
			s.attach(root, notationType, "one")
			s.hang(root, "sig", "A")
		}, "", []string{named}},
		"a .sig and a bundle at the source (F23)": {func(s *shelf, root, _ manifest.Manifest, _ *plan.Target) {
			s.attach(root, bundleType, "one")
			s.attach(root, bundleType, "two")
			s.hang(root, "sig", "A")
		}, "", []string{bundled, masked, named}},
		"a .sig on one manifest, a bundle on another": {func(s *shelf, root, child manifest.Manifest, _ *plan.Target) {
			s.attach(root, bundleType, "one")
			s.hang(child, "sig", "A")
		}, "", []string{bundled, named}},
		"on two manifests, told once": {func(s *shelf, root, child manifest.Manifest, _ *plan.Target) {
			for _, m := range []manifest.Manifest{root, child} {
				s.attach(m, bundleType, "one")
				s.hang(m, "sig", "A")
			}
		}, "", []string{bundled, masked, named}},
		"the bundle is at the target already": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.hang(root, "sig", "A")
			target.Bundles = map[digest.Digest]bool{root.Digest: true}
		}, "", []string{bundled, masked, named}},
		"the .sig is at the target already": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.attach(root, bundleType, "one")
			target.Sigs = map[digest.Digest]bool{root.Digest: true}
		}, "", []string{bundled, masked}},
		"repaired entries of two tags": {func(s *shelf, root, child manifest.Manifest, _ *plan.Target) {
			s.api = false
			for _, m := range []manifest.Manifest{root, child} {
				entry := entriesFor(s.attach(m, notationType, "one"))
				entry[0].ArtifactType = ocispec.MediaTypeEmptyJSON
				s.fallback(m, entry...)
			}
		}, "", []string{repaired}},
		"a merge": {func(s *shelf, root, child manifest.Manifest, target *plan.Target) {
			for _, m := range []manifest.Manifest{root, child} {
				s.hang(m, "att", "A")
				target.Records[to().Folder(tagOf(m, "att"))] = record(s.t, "att", "B")
			}
		}, "", []string{extended}},
		"a merge of what is signed itself": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.hang(s.hang(root, "att", "A"), "att", "C")
			target.Records[to().Folder(tagOf(root, "att"))] = record(s.t, "att", "B")
		}, "", []string{extended, orphaned}},
		"a fast-forward keeps what hangs on the source's": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.hang(s.hang(root, "att", "A", "B"), "att", "C")
			target.Records[to().Folder(tagOf(root, "att"))] = record(s.t, "att", "B")
		}, "", []string{extended}},
		"a folder that is completed": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.hang(root, "att", "A")
			target.Records[to().Folder(tagOf(root, "att"))] = manifest.Manifest{}
		}, "", nil},
		"replaced": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.hang(root, "att", "A")
			target.Records[to().Folder(tagOf(root, "att"))] = record(s.t, "att", "B")
		}, plan.OnConflictReplace, []string{replaces}},
		"kept": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.hang(root, "att", "A")
			target.Records[to().Folder(tagOf(root, "att"))] = record(s.t, "att", "B")
		}, plan.OnConflictKeep, []string{staysHere}},
		"kept, and loses nothing": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.hang(root, "att", "A")
			target.Records[to().Folder(tagOf(root, "att"))] = record(s.t, "att", "A", "B")
		}, plan.OnConflictKeep, nil},
		"a kept SBOM never includes another": {func(s *shelf, root, _ manifest.Manifest, target *plan.Target) {
			s.hang(root, "sbom", "A")
			target.Records[to().Folder(tagOf(root, "sbom"))] = record(s.t, "sbom", "A", "B")
		}, plan.OnConflictKeep, []string{staysHere}},
	}
	all := []string{masked, bundled, named, repaired, orphaned, extended, replaces, staysHere}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.api = true
			child := s.image("", "amd64")
			root := s.index("1.0", child)
			state := holding()
			tt.build(s, root, child, &state)
			r := unsigned()
			r.OnConflict = tt.on
			p, err := plan.Make(r, s.graph("1.0"), state)
			require.NoError(t, err)
			for _, text := range all {
				want := 0
				if slices.Contains(tt.want, text) {
					want = 1
				}
				assert.Len(t, about(p, text), want, "%s\nin %s", text, strings.Join(p.Warnings, "\n"))
			}
		})
	}
}

// A digest or tag stands in each warning, and how many more there are.
func TestWarningsCount(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	amd64, arm := s.image("", "amd64"), s.image("", "arm")
	root := s.index("1.0", amd64, arm)
	for _, m := range []manifest.Manifest{root, amd64, arm} {
		s.hang(m, "sig", "A")
	}
	p, err := plan.Make(request(), s.graph("1.0"), plan.Target{})
	require.NoError(t, err)
	warnings := about(p, named)
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0], root.Digest.String()+", as 2 more of this image, ")
	assert.Contains(t, warnings[0], "docker-dev/app")

	r := request()
	r.Target.Image, r.Target.Tag = from(), "stable"
	p, err = plan.Make(r, s.graph("1.0"), plan.Target{})
	require.NoError(t, err)
	assert.Empty(t, p.Warnings, "the name stays")
}
