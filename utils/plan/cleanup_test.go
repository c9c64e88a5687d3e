package plan_test

import (
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func folder(m manifest.Manifest) string { return reference.DigestFolder(m.Digest) }

func TestCleanup(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*shelf) (want []string){
		"an image and all that hangs on it": func(s *shelf) []string {
			root := s.image("1.0", "app")
			sbom := s.hang(root, "sbom")
			s.hang(sbom, "sig", "A")
			s.hang(root, "sig", "A")
			return []string{"1.0", tagOf(root, "sbom"), tagOf(root, "sig"), tagOf(sbom, "sig")}
		},
		"an index, its children, nested ones, and what hangs on them": func(s *shelf) []string {
			amd64, deep := s.image("", "amd64"), s.image("", "deep")
			inner := s.index("", deep)
			root := s.index("1.0", amd64, inner)
			s.hang(deep, "sig", "A")
			s.hang(root, "sig", "A")
			return []string{"1.0", folder(amd64), folder(inner), folder(deep), tagOf(root, "sig"), tagOf(deep, "sig")}
		},
		"another tag of the same image keeps all": func(s *shelf) []string {
			amd64 := s.image("", "amd64")
			s.index("latest", amd64)
			s.hang(s.index("1.0", amd64), "sig", "A")
			s.hang(amd64, "sig", "A")
			return []string{"1.0"}
		},
		"another index keeps the child that it shares": func(s *shelf) []string {
			amd64, arm := s.image("", "amd64"), s.image("", "arm")
			root := s.index("1.0", amd64, arm)
			s.index("2.0", amd64)
			for _, m := range []manifest.Manifest{root, amd64, arm} {
				s.hang(m, "sig", "A", m.Digest.String())
			}
			return []string{"1.0", folder(arm), tagOf(root, "sig"), tagOf(arm, "sig")}
		},
		"so does an untagged index": func(s *shelf) []string {
			amd64, arm := s.image("", "amd64"), s.image("", "arm")
			s.index("1.0", amd64, arm)
			s.index("", arm)
			s.hang(arm, "att", "A")
			return []string{"1.0", folder(amd64)}
		},
		"and an index in an index": func(s *shelf) []string {
			amd64, arm := s.image("", "amd64"), s.image("", "arm")
			s.index("1.0", amd64, arm)
			s.index("2.0", s.index("", amd64))
			return []string{"1.0", folder(arm)}
		},
		"and a tag of the child itself": func(s *shelf) []string {
			amd64, arm := s.image("", "amd64"), s.image("", "arm")
			s.index("1.0", amd64, arm)
			s.image("1.0-amd64", "amd64")
			s.hang(amd64, "sig", "A")
			return []string{"1.0", folder(arm)}
		},
		"signatures of other images stay": func(s *shelf) []string {
			root, other := s.image("1.0", "app"), s.image("2.0", "other")
			s.hang(root, "sig", "A")
			s.hang(other, "sig", "A", "B")
			return []string{"1.0", tagOf(root, "sig")}
		},
		"an SBOM that two images share keeps its signature": func(s *shelf) []string {
			root, other := s.image("1.0", "app"), s.image("2.0", "other")
			sbom := s.hang(root, "sbom", "same")
			s.hang(other, "sbom", "same")
			s.hang(sbom, "sig", "A")
			return []string{"1.0", tagOf(root, "sbom")}
		},
		"the subject of something untagged stays, with its signature": func(s *shelf) []string {
			amd64, arm := s.image("", "amd64"), s.image("", "arm")
			s.index("1.0", amd64, arm)
			s.hang(arm, "sig", "A")
			s.refer(arm, "in no list")
			return []string{"1.0", folder(amd64)}
		},
		"a tag that an index was made of stays": func(s *shelf) []string {
			amd64 := s.image("1.0", "amd64")
			s.index("multi", amd64)
			s.hang(amd64, "sig", "A")
			return nil
		},
		"unless the child has a folder of its own": func(s *shelf) []string {
			s.image("1.0", "amd64")
			s.index("multi", s.image("", "amd64"))
			return []string{"1.0"}
		},
		"the only folder of a record that something needs stays": func(s *shelf) []string {
			root := s.image("1.0", "app")
			sbom := s.hang(root, "sbom")
			s.index("kept", sbom)
			s.hang(root, "sig", "A")
			return []string{"1.0", tagOf(root, "sig")}
		},
		"what `cosign copy` left needs the image": func(s *shelf) []string {
			amd64 := s.image("", "amd64")
			root := s.index("1.0", amd64)
			s.folders[reference.FallbackTag(root.Digest)] = root
			s.hang(root, "sig", "A")
			return []string{"1.0"}
		},
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			want := build(s)
			got := s.cleanup("1.0")
			assert.ElementsMatch(t, want, got)
			if len(got) > 0 {
				assert.Equal(t, "1.0", got[0], "the tag goes first")
			}
		})
	}
}

// The order is the tag, then manifests, then attachments.
func TestCleanupOrder(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	amd64 := s.image("", "amd64")
	root := s.index("1.0", amd64)
	s.hang(root, "sig", "A")
	s.hang(amd64, "sig", "B")
	g := s.graph("1.0")
	p := &plan.Plan{Steps: plan.Cleanup(g, "1.0", s.listing(), attachment.Remainder{})}
	assert.Equal(t, "delete-tag docker-dev/app/1.0", actions(p)[0])
	assert.Equal(t, p.Steps, append(append(p.Of(plan.DeleteTag), p.Of(plan.DeleteManifest)...),
		p.Of(plan.DeleteAttachment)...))
	assert.Len(t, p.Of(plan.DeleteManifest, plan.DeleteAttachment), 3)
	for _, step := range p.Of(plan.DeleteAttachment) {
		assert.NotEmpty(t, step.Manifest.Raw, "what a later run compares with the target")
	}
}

// A run that was cut off leaves a way from the root to everything that is left.
func TestCleanupStartsFarFromTheRoot(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	deep := s.image("", "deep")
	inner := s.index("", deep)
	sbom := s.hang(s.index("1.0", inner), "sbom")
	sig := s.hang(sbom, "sig", "A")
	s.hang(sig, "att", "B")
	got := s.cleanup("1.0")
	assert.Equal(t, []string{
		"1.0", folder(deep), folder(inner), tagOf(sig, "att"), tagOf(sbom, "sig"),
		tagOf(s.folders["1.0"], "sbom"),
	}, got)
}

// A run that finds its tag deleted already cleans up the rest, as far as it is still there.
func TestCleanupWithoutTag(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	amd64 := s.image("", "amd64")
	root := s.index("1.0", amd64)
	s.hang(root, "sig", "A")
	g := s.graph("1.0")
	left := attachment.NewListing([]string{folder(amd64)})
	steps := plan.Cleanup(g, "", left, attachment.Remainder{})
	assert.Equal(t, []plan.Step{{
		Action: plan.DeleteManifest, Path: "docker-dev/app/" + folder(amd64),
		Digest: amd64.Digest,
	}}, steps)
	assert.Empty(t, plan.Cleanup(g, "", attachment.NewListing(nil), attachment.Remainder{}))
}

// Retagging within one image: the new tag will need everything.
func TestCleanupOfARetag(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.hang(s.put("1.0", ocispec.MediaTypeImageManifest, manifest.Content{Config: blob("app")}), "sig", "A")
	g := s.graph("1.0")
	rest, err := attachment.Needed(t.Context(), s, g, s.listing(), "1.0", g.Root)
	assert.NoError(t, err)
	p := &plan.Plan{Steps: plan.Cleanup(g, "1.0", s.listing(), rest)}
	assert.Equal(t, []string{"delete-tag docker-dev/app/1.0"}, actions(p))
	assert.False(t, plan.TagStays(g, s.listing(), rest))
}
