package budget

import (
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// Where the images are, and where they go.
const (
	Source = "docker-dev-local"
	Target = "docker-prod-local"
	Image  = "team/app"
	Tag    = "1.0"
)

// Budget is what a case may cost, confirmations included. The zero value means that there is none.
type Budget struct {
	// Requests in all, and Depth of them one after another.
	Requests, Depth int
	// Wall is the time of the whole process with 50 ms for each request; 0 is without a budget.
	Wall time.Duration
}

// Case is one piece of work.
type Case struct {
	Name string
	// Prepare stores the image.
	Prepare func(fixture.Image)
	// Beside, unless nil, stores what the target has before.
	Beside func(fixture.Image)
	// Move takes the image away from the source; without it, it is copied.
	Move bool
	// Again is the second run, which has nothing to do.
	Again bool
	// NoAPI is a server without a referrers API.
	NoAPI  bool
	Limits Budget
}

// Start is what jf may lose for each of its own calls, on which it asks every plugin for its signature.
const Start = 20 * time.Millisecond

// Cases returns the work with its budgets. This is the only place where budgets stand; they are lowered as the plugin
// gets faster, and raised only for a read that a guarantee needs: up to three ask at the source for the usual
// attachments of the root by name, and one lists the target's files after the tag was set or where it was there before.
// The layer bytes of every case are to be 0.
func Cases() []Case {
	const ms = time.Millisecond
	return []Case{
		{Name: "single-platform, one .sig", Prepare: single, Limits: Budget{Requests: 19, Depth: 7, Wall: 400 * ms}},
		{Name: "single-platform, one bundle", Prepare: bundled, Limits: Budget{Requests: 22, Depth: 8}},
		{Name: "2-platform, 3 .sig", Prepare: twoPlatforms, Limits: Budget{Requests: 29, Depth: 7, Wall: 400 * ms}},
		{Name: "2-platform, 3 bundles", Prepare: twoPlatformBundles, Limits: Budget{Requests: 38, Depth: 8}},
		{Name: "rich: 8 attached by tags, nested", Prepare: rich, Limits: Budget{Requests: 45, Depth: 9}},
		{Name: "rich: 8 attached, bundles among them", Prepare: mixed, Limits: Budget{Requests: 50, Depth: 11}},
		{
			Name: "the same without a referrers API", Prepare: mixedFallback, NoAPI: true,
			Limits: Budget{Requests: 57, Depth: 13},
		},
		{Name: "nothing to do (the same)", Prepare: mixed, Again: true, Limits: Budget{Requests: 32, Depth: 5}},
		{Name: "nothing to do (single, one .sig)", Prepare: single, Again: true, Limits: Budget{Requests: 14, Depth: 4}},
		{
			Name: "single, one .sig, other tags on both sides", Prepare: singleOfMany, Beside: others,
			Limits: Budget{Requests: 20, Depth: 7},
		},
		// What is replaced is read once more, while planning: it could be an attachment that this tag alone holds. One
		// file list tells whether it is in other folders, and which of these hold an index that could need it; those
		// are read.
		{
			Name: "single, one .sig, replaces another image", Prepare: single, Beside: older,
			Limits: Budget{Requests: 25, Depth: 8},
		},
		{Name: "move of single, one .sig", Prepare: single, Move: true, Limits: Budget{Requests: 28, Depth: 15}},
	}
}

func single(i fixture.Image) { i.Sign(i.Single(Tag, "v1"), "alice") }

func singleOfMany(i fixture.Image) {
	single(i)
	others(i)
}

// others are images that have nothing to do with the one that is promoted.
func others(i fixture.Image) {
	for _, tag := range []string{"0.8", "0.9"} {
		i.Sign(i.Single(tag, tag), "alice")
	}
}

func older(i fixture.Image) { i.Sign(i.Single(Tag, "v0"), "alice") }

// signing is the predicate type of a bundle that is a signature.
const signing = "https://sigstore.dev/cosign/sign/v1"

func bundled(i fixture.Image) { i.Bundle(i.Single(Tag, "v1"), signing, "alice") }

func twoPlatformBundles(i fixture.Image) {
	index := i.Platforms(Tag, "v1", "linux/amd64", "linux/arm64")
	for _, d := range append(index.Children, index.Digest) {
		i.Bundle(d, signing, "alice")
	}
}

// mixed is what was measured with all tools that copy images: .sig, .att and .sbom, a .sig of the .att and one of the
// .sbom, a bundle, an SBOM as referrer, and a bundle on that.
func mixed(i fixture.Image) { attachMixed(i) }

// mixedFallback is the same as clients leave it where there is no referrers API.
func mixedFallback(i fixture.Image) {
	image, bundle, sbom, onSBOM := attachMixed(i)
	i.FallbackBy(fixture.ByCosign31, image, bundle, sbom)
	i.FallbackBy(fixture.ByCosign31, sbom, onSBOM)
}

func attachMixed(i fixture.Image) (image, bundle, sbom, onSBOM digest.Digest) {
	image = i.Single(Tag, "v1")
	i.Sign(image, "alice")
	i.Sign(i.Attest(image, "https://slsa.dev/provenance/v1"), "alice")
	i.Sign(i.SBOM(image, `{"spdxVersion":"SPDX-2.3"}`), "alice")
	bundle = i.Bundle(image, signing, "alice")
	const spdx = "application/spdx+json"
	sbom = i.Attach(image, fixture.Artifact{Type: spdx, Inline: true, LayerType: spdx, Contents: []string{`{"spdxVersion":"SPDX-2.3"}`}})
	return image, bundle, sbom, i.Bundle(sbom, signing, "alice")
}

func twoPlatforms(i fixture.Image) {
	index := i.Platforms(Tag, "v1", "linux/amd64", "linux/arm64")
	for _, d := range append(index.Children, index.Digest) {
		i.Sign(d, "alice")
	}
}

// rich has all that suffix tags are used for, in three generations: image, SBOM, signature of the SBOM.
func rich(i fixture.Image) {
	const provenance = "https://slsa.dev/provenance/v1"
	index := i.Platforms(Tag, "v1", "linux/amd64", "linux/arm64")
	for _, child := range index.Children {
		i.Sign(child, "alice")
		i.Attest(child, provenance)
	}
	i.Sign(index.Digest, "alice", "bob")
	i.Attest(index.Digest, provenance, "https://spdx.dev/Document")
	i.Sign(i.SBOM(index.Digest, `{"spdxVersion":"SPDX-2.3"}`), "alice")
}
