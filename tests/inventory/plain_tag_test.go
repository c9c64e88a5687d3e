package inventory

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// What is attached to an image can have a plain tag of its own, as regctl gives SBOMs: it is no image, and above all no
// unsigned one.
func TestAuditTakesATaggedReferrerForNoImage(t *testing.T) {
	t.Parallel()
	s := start(t)
	image := fixture.New(s).Image(prod, "team/app")
	root := image.Single("1.0", "app")
	image.Sign(root, "alice")
	sbom := image.Attach(root, fixture.Artifact{
		Type: "application/spdx+json", LayerType: "application/spdx+json",
		Contents: []string{"{}"},
	})
	image.Again("1.0-sbom", sbom)
	o := plugin(t, s, "audit", prod, "--format", "json")
	require.Zero(t, o.code, o.stderr)
	r := decode(t, o.stdout)
	require.Len(t, r.Images, 1)
	assert.Equal(t, "1.0", r.Images[0].Tag)

	s.DeleteTag(prod, "team/app", fixture.SuffixTag("", root, "sig"))
	r = decode(t, plugin(t, s, "audit", prod, "--format", "json").stdout)
	require.Len(t, r.Images, 1)
	assert.Equal(t, "unsigned", r.Images[0].State)
}

// Mirrors name charts and modules after the digests that they had. Such a tag is an image, unless what it names is
// there: then it may be attached to that.
func TestAuditTakesChartsForImages(t *testing.T) {
	t.Parallel()
	s := start(t)
	image := fixture.New(s).Image(prod, "team/app")
	root := image.Single("1.0", "app")
	image.Sign(root, "alice")
	upstream := digest.FromString("a chart of another registry")
	image.Sign(image.Chart("charts-"+fixture.FallbackTag(upstream), "signed"), "alice")
	image.Chart(fixture.SuffixTag("", upstream, "chart"), "unsigned")
	image.Chart(fixture.SuffixTag("", root, "tomorrow"), "attached")
	image.Suffixed("", upstream, "sbom", "of something else")
	want := map[string]string{
		"team/app:1.0": "signed",
		"team/app:charts-" + fixture.FallbackTag(upstream):     "signed",
		"team/app:" + fixture.SuffixTag("", upstream, "chart"): "unsigned",
	}
	got, o := audit(t, s)
	assert.Equal(t, 5, o.code, o.stderr)
	assert.Equal(t, want, got.states())

	// The search shows nothing that came late; then the registry is asked whether it is there.
	late := start(t)
	image = fixture.New(late).Image(prod, "team/app")
	image.Chart(fixture.SuffixTag("", root, "tomorrow"), "attached")
	fromNowOnLate(late)
	image.Single("", "app")
	got, o = audit(t, late)
	assert.Equal(t, 0, o.code, o.stdout)
	assert.Empty(t, got.Images)
}

// Docker's first form of images cannot be signed: nobody is told to.
func TestAuditAsksNobodyToSignSchema1(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.StrictAccept = false })) // nobody asks for this form
	image := fixture.New(s).Image(prod, "team/app")
	image.Schema1("1.0", "old")
	image.Single("2.0", "new")
	got, o := audit(t, s)
	require.Equal(t, 5, o.code, o.stderr)
	assert.Equal(t, map[string]string{"team/app:1.0": "unsigned", "team/app:2.0": "unsigned"}, got.states())
	require.Len(t, got.Images, 2)
	require.Len(t, got.Images[0].Findings, 1)
	assert.Contains(t, got.Images[0].Findings[0].Fix, "docker push")
	assert.NotContains(t, got.Images[0].Findings[0].Fix, "cosign")
	assert.Contains(t, got.Images[1].Findings[0].Fix, "cosign sign")
}
