package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func fallbackTag(m manifest.Manifest) string { return reference.FallbackTag(m.Digest) }

// What a move deletes of referrers and fallback tags; the order is that of the deletes.
func TestCleanupOfReferrers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		api   bool
		build func(*shelf) (want []string)
	}{
		"referrers on referrers go first": {true, func(s *shelf) []string {
			root := s.image("1.0", "app")
			one := s.attach(root, bundleType, "one")
			two := s.attach(one, bundleType, "two")
			return []string{"1.0", folder(two), folder(one)}
		}},
		"a fallback tag goes after its entries and before its subject": {false, func(s *shelf) []string {
			root := s.image("1.0", "app")
			one := s.attach(root, bundleType, "one")
			two := s.attach(one, bundleType, "two")
			s.fallback(root, entriesFor(one)...)
			s.fallback(one, entriesFor(two)...)
			return []string{"1.0", folder(two), fallbackTag(one), folder(one), fallbackTag(root)}
		}},
		"and so does that of a record": {false, func(s *shelf) []string {
			root := s.image("1.0", "app")
			sig := s.hang(root, "sig", "A")
			one := s.attach(sig, bundleType, "one")
			s.fallback(sig, entriesFor(one)...)
			return []string{"1.0", folder(one), fallbackTag(sig), tagOf(root, "sig")}
		}},
		"both kinds of lists": {true, func(s *shelf) []string {
			root := s.image("1.0", "app")
			one := s.attach(root, notationType, "one")
			s.fallback(root, entriesFor(one)...)
			return []string{"1.0", folder(one), fallbackTag(root)}
		}},
		"an entry without subject": {true, func(s *shelf) []string {
			root := s.image("1.0", "app")
			bare := s.image("", "bare")
			s.fallback(root, entriesFor(bare)...)
			return []string{"1.0", folder(bare), fallbackTag(root)}
		}},
		"one that another image needs stays": {true, func(s *shelf) []string {
			root, bare := s.image("1.0", "app"), s.image("", "bare")
			s.fallback(root, entriesFor(bare)...)
			s.fallback(s.image("2.0", "other"), entriesFor(bare)...)
			return []string{"1.0", fallbackTag(root)}
		}},
		"an index with its children, and what hangs on them": {true, func(s *shelf) []string {
			root := s.image("1.0", "app")
			layer, deep := s.image("", "layer"), s.image("", "deep")
			inner := s.index("", deep)
			index := s.attachIndex(root, layer, inner)
			s.hang(deep, "sig", "A")
			return []string{"1.0", tagOf(deep, "sig"), folder(deep), folder(inner), folder(layer), folder(index)}
		}},
		"a child that another index needs stays": {true, func(s *shelf) []string {
			root, layer := s.image("1.0", "app"), s.image("", "layer")
			index := s.attachIndex(root, layer)
			s.index("2.0", layer)
			s.hang(layer, "sig", "A")
			return []string{"1.0", folder(index)}
		}},
		"a child of two attached indexes goes once": {true, func(s *shelf) []string {
			root := s.image("1.0", "app")
			layer := s.image("", "layer")
			one := s.attachIndex(root, layer)
			two := s.attachIndex(one, layer)
			return []string{"1.0", folder(layer), folder(two), folder(one)}
		}},
		"the image as a child of what is attached to it": {true, func(s *shelf) []string {
			child := s.image("", "amd64")
			root := s.index("1.0", child)
			index := s.attachIndex(root, child)
			return []string{"1.0", folder(child), folder(index)}
		}},
		"another tag of the image keeps all": {true, func(s *shelf) []string {
			s.image("latest", "app")
			root := s.image("1.0", "app")
			s.fallback(root, entriesFor(s.attach(root, bundleType, "one"), s.image("", "bare"))...)
			s.attachIndex(root, s.image("", "layer"))
			return []string{"1.0"}
		}},
		"a fallback index that an index needs stays": {false, func(s *shelf) []string {
			root := s.image("1.0", "app")
			list := s.fallback(root, entriesFor(s.image("", "bare"))...)
			s.index("2.0", list)
			return []string{"1.0"}
		}},
		"a tagged referrer keeps its subject": {true, func(s *shelf) []string {
			root := s.image("1.0", "app")
			s.folders["signature"] = s.attach(root, bundleType, "one")
			return nil
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.api = tt.api
			want := tt.build(s)
			assert.Equal(t, want, s.cleanup("1.0"))
		})
	}
}

// What is kept in another place may serve other images, and is not looked at for what else needs it.
func TestCleanupKeepsOtherPlaces(t *testing.T) {
	t.Parallel()
	for name, api := range map[string]bool{"API": true, "fallback tag": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image, place := newShelf(t), newShelf(t)
			image.api, place.api = api, api
			root := image.image("1.0", "app")
			image.hang(root, "att", "A")
			place.hang(root, "sig", "A")
			place.attachIndex(root, place.image("", "layer"))
			place.fallback(root, entriesFor(place.attach(root, bundleType, "one"))...)
			g := library{from(): image, signatures(): place}.graph(t, signatures())
			require.GreaterOrEqual(t, len(g.Attachments), 3)
			// Even where the names are the same, the folders of the place are others.
			listing := attachment.NewListing(append(place.listing().Names, image.listing().Names...))
			p := &plan.Plan{Steps: plan.Cleanup(g, "1.0", listing, attachment.Remainder{})}
			assert.Equal(t, []string{"delete-tag docker-dev/app/1.0", "delete-attachment docker-dev/app/" + tagOf(root, "att")},
				actions(p))
		})
	}
}

// A list of another subject is not in the way of a run that finds nothing left but it.
func TestCleanupOfWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	root := s.image("1.0", "app")
	one := s.attach(root, bundleType, "one")
	s.fallback(root, entriesFor(one)...)
	g := s.graph("1.0")
	steps := plan.Cleanup(g, "", attachment.NewListing([]string{fallbackTag(root)}), attachment.Remainder{})
	require.Len(t, steps, 1)
	assert.Equal(t, from().Folder(fallbackTag(root)), steps[0].Path)
	assert.Equal(t, s.folders[fallbackTag(root)].Raw, steps[0].Manifest.Raw, "what a later run compares with the target")
	assert.Equal(t, root.Digest, steps[0].Subject)
}
