package plan_test

import (
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func TestFallback(t *testing.T) {
	t.Parallel()
	type scene struct {
		root, child manifest.Manifest
		one, two    manifest.Manifest
	}
	stranger := entryOf(made(t, ocispec.MediaTypeImageManifest, manifest.Content{Config: blob("theirs")}))
	tests := map[string]struct {
		api bool
		// source makes the source's fallback tag; theirs the target's entries, none for no tag.
		source func(*shelf, scene)
		theirs func(scene) []ocispec.Descriptor
		want   func(scene) []ocispec.Descriptor
		// verbatim: the source's own bytes; unchanged: the target's.
		verbatim, unchanged, repaired bool
	}{
		"the source's own bytes": {
			source:   func(s *shelf, x scene) { s.fallback(x.root, entriesFor(x.two, x.one)...) },
			want:     func(x scene) []ocispec.Descriptor { return entriesFor(x.two, x.one) },
			verbatim: true,
		},
		"cosign 3.1.3 without annotations": {
			source: func(s *shelf, x scene) {
				entries := entriesFor(x.one, x.two)
				entries[0].Annotations = nil
				s.fallback(x.root, entries...)
			},
			want:     func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
			verbatim: true,
		},
		"cosign 2.6.5 with the type of the config (F12)": {
			source: func(s *shelf, x scene) {
				entries := entriesFor(x.one, x.two)
				entries[1].ArtifactType = ocispec.MediaTypeEmptyJSON
				s.fallback(x.root, entries...)
			},
			want:     func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
			repaired: true,
		},
		"a dangling entry stays behind (F16)": {
			source: func(s *shelf, x scene) {
				s.fallback(x.root, append(entriesFor(x.one, x.two), *blob("gone"))...)
			},
			want: func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
		},
		"a platform among the entries stays behind (F14)": {
			source: func(s *shelf, x scene) {
				s.fallback(x.root, append(entriesFor(x.one, x.two), describe(x.child))...)
			},
			want: func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
		},
		"a foreign subject stays behind (F16)": {
			source: func(s *shelf, x scene) {
				s.fallback(x.root, append(entriesFor(x.one, x.two), describe(s.refer(x.one, "foreign")))...)
			},
			want: func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
		},
		"an entry twice": {
			source: func(s *shelf, x scene) { s.fallback(x.root, entriesFor(x.one, x.two, x.one)...) },
			want:   func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
		},
		"the API lists more (F13)": {
			api:    true,
			source: func(s *shelf, x scene) { s.fallback(x.root, entriesFor(x.one)...) },
			want:   func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
		},
		"the API lists another one in place of a dangling entry": {
			api:    true,
			source: func(s *shelf, x scene) { s.fallback(x.root, append(entriesFor(x.one), *blob("gone"))...) },
			want:   func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
		},
		"only the API lists": {
			api:    true,
			source: func(*shelf, scene) {},
			want:   func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
		},
		"the target's entries stay": {
			source: func(s *shelf, x scene) { s.fallback(x.root, entriesFor(x.one, x.two)...) },
			theirs: func(x scene) []ocispec.Descriptor { return append(entriesFor(x.one), stranger) },
			want:   func(x scene) []ocispec.Descriptor { return append(entriesFor(x.one, x.two), stranger) },
		},
		"and are not written again": {
			source:    func(s *shelf, x scene) { s.fallback(x.root, entriesFor(x.one, x.two)...) },
			theirs:    func(x scene) []ocispec.Descriptor { return append(entriesFor(x.two, x.one), stranger) },
			want:      func(x scene) []ocispec.Descriptor { return append(entriesFor(x.one, x.two), stranger) },
			unchanged: true,
		},
		"nor repaired without another reason": {
			source: func(s *shelf, x scene) { s.fallback(x.root, entriesFor(x.one, x.two)...) },
			theirs: func(x scene) []ocispec.Descriptor {
				entries := entriesFor(x.one, x.two)
				entries[0].ArtifactType = ocispec.MediaTypeEmptyJSON
				return entries
			},
			unchanged: true,
		},
		"but with one": {
			source: func(s *shelf, x scene) { s.fallback(x.root, entriesFor(x.one, x.two)...) },
			theirs: func(x scene) []ocispec.Descriptor {
				entries := entriesFor(x.one)
				entries[0].ArtifactType = ocispec.MediaTypeEmptyJSON
				return entries
			},
			want: func(x scene) []ocispec.Descriptor { return entriesFor(x.one, x.two) },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.api = tt.api
			x := scene{child: s.image("", "amd64")}
			x.root = s.index("1.0", x.child)
			x.one, x.two = s.attach(x.root, bundleType, "one"), s.attach(x.root, notationType, "two")
			tt.source(s, x)
			var theirs manifest.Manifest
			if tt.theirs != nil {
				theirs = fallbackOf(t, tt.theirs(x)...)
			}
			index, repaired, err := plan.Fallback(s.graph("1.0"), from(), x.root.Digest, theirs)
			require.NoError(t, err)
			assert.Equal(t, tt.repaired, repaired)
			assert.Equal(t, tt.unchanged, index.Digest == theirs.Digest)
			assert.Equal(t, tt.verbatim, index.Digest == s.folders[reference.FallbackTag(x.root.Digest)].Digest)
			if tt.want == nil {
				return
			}
			if tt.verbatim {
				assert.Equal(t, digests(fallbackOf(t, tt.want(x)...)), digests(index))
				return
			}
			assert.ElementsMatch(t, tt.want(x), index.Content.Manifests)
		})
	}
}

func entryOf(m manifest.Manifest) ocispec.Descriptor { return entriesFor(m)[0] }

// A subject without referrers in one place has no fallback index there.
func TestFallbackOfNothing(t *testing.T) {
	t.Parallel()
	s, root, _ := signed(t)
	index, repaired, err := plan.Fallback(s.graph("1.0"), from(), root.Digest, manifest.Manifest{})
	require.NoError(t, err)
	assert.False(t, repaired)
	assert.Empty(t, index.Digest)
}

// When the fallback tag is written.
func TestFallbackSteps(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		api, sourceHas, targetHas, bare bool
		want                            bool
	}{
		"without API":                               {sourceHas: true, want: true},
		"API, no list anywhere":                     {api: true},
		"API, the source has one":                   {api: true, sourceHas: true, want: true},
		"API, that of the target would fall behind": {api: true, targetHas: true, want: true},
		"API, an entry without subject (F15)":       {api: true, sourceHas: true, bare: true, want: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.api = tt.api
			root := s.image("1.0", "app")
			all := []manifest.Manifest{s.attach(root, bundleType, "one")}
			if tt.bare {
				all = append(all, s.image("", "bare"))
			}
			if tt.sourceHas {
				s.fallback(root, entriesFor(all...)...)
			}
			state, theirs := holding(), fallbackOf(t, *blob("theirs"))
			if tt.targetHas {
				state.Records[fallbackFolder(to(), root)] = theirs
			}
			p, err := plan.Make(unsigned(), s.graph("1.0"), state)
			require.NoError(t, err)
			assert.Len(t, p.Of(plan.PushReferrer), len(all))
			steps := p.Of(plan.UpdateFallback)
			if !tt.want {
				assert.Empty(t, steps)
				return
			}
			require.Len(t, steps, 1)
			assert.Subset(t, digests(steps[0].Manifest), digestsOf(all...))
			assert.Equal(t, fallbackFolder(to(), root), steps[0].Path)
			assert.Equal(t, fallbackFolder(from(), root), steps[0].From)
			assert.Equal(t, steps[0].Manifest.Digest, steps[0].Digest)
			assert.Equal(t, []any{root.Digest, from(), to()}, []any{steps[0].Subject, steps[0].Home, steps[0].Target})
			if tt.targetHas {
				assert.Equal(t, theirs.Digest, steps[0].Before)
				assert.Contains(t, digests(steps[0].Manifest), blob("theirs").Digest)
			}
		})
	}
}

// A folder without a manifest, which something left that was cut off, is filled.
func TestFallbackOfACutFolder(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	root := s.image("1.0", "app")
	s.fallback(root, entriesFor(s.attach(root, bundleType, "one"))...)
	state := holding()
	state.Records[fallbackFolder(to(), root)] = manifest.Manifest{}
	p, err := plan.Make(unsigned(), s.graph("1.0"), state)
	require.NoError(t, err)
	require.Len(t, p.Of(plan.UpdateFallback), 1)
	assert.Empty(t, p.Of(plan.UpdateFallback)[0].Before)
}

// F14 at the target: what `cosign copy` left is never written over.
func TestLeftoversAtTheTarget(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ api, bare, refused bool }{
		"without API":                        {refused: true},
		"with API":                           {api: true},
		"with API, and what it cannot list":  {api: true, bare: true, refused: true},
		"without API, and no subject either": {bare: true, refused: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.api = tt.api
			root := s.image("1.0", "app")
			entries := entriesFor(s.attach(root, bundleType, "one"))
			if tt.bare {
				entries = append(entries, describe(s.image("", "bare")))
			}
			s.fallback(root, entries...)
			state := holding()
			state.Leftovers = map[string]bool{fallbackFolder(to(), root): true}
			p, err := plan.Make(unsigned(), s.graph("1.0"), state)
			assert.Empty(t, p.Of(plan.UpdateFallback))
			assert.Equal(t, tt.refused, failure.IsRefusal(err))
			if tt.refused {
				assert.ErrorContains(t, err, "docker-prod/app:"+reference.FallbackTag(root.Digest))
				assert.ErrorContains(t, err, "cosign copy")
				assert.Empty(t, p.Of(plan.Promote))
				assert.Empty(t, p.LeftAlone)
				return
			}
			require.NoError(t, err)
			assert.Len(t, p.Of(plan.PushReferrer), 1)
			assert.Equal(t, []string{fallbackFolder(to(), root)}, p.LeftAlone)
			assert.Len(t, about(p, "left alone"), 1)
		})
	}
}

// A conflict is told before a leftover; what is at the target under the fallback tag of something else does not matter.
func TestLeftoversElsewhere(t *testing.T) {
	t.Parallel()
	s, root, _ := signed(t)
	state := holding()
	state.Leftovers = map[string]bool{fallbackFolder(to(), root): true}
	_, err := plan.Make(request(), s.graph("1.0"), state)
	assert.NoError(t, err, "nothing has to be written there")

	s.hang(root, "sbom", "A")
	s.fallback(root, entriesFor(s.attach(root, bundleType, "one"))...)
	state.Records[to().Folder(tagOf(root, "sbom"))] = record(t, "sbom", "B")
	_, err = plan.Make(request(), s.graph("1.0"), state)
	assert.ErrorContains(t, err, tagOf(root, "sbom"))
}

// What cannot be joined is refused before anything is written.
func TestFallbackThatCannotBeJoined(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	root := s.image("1.0", "app")
	s.fallback(root, entriesFor(s.attach(root, bundleType, "one"))...)
	state := holding()
	state.Records[fallbackFolder(to(), root)] = made(t, manifest.DockerList,
		manifest.Content{Manifests: []ocispec.Descriptor{*blob("x")}})
	p, err := plan.Make(unsigned(), s.graph("1.0"), state)
	assert.True(t, failure.IsRefusal(err))
	assert.ErrorContains(t, err, reference.FallbackTag(root.Digest))
	assert.Empty(t, p.Of(plan.Promote, plan.UpdateFallback))
}
