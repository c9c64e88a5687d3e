package main

import (
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

const (
	dev, prod  = "docker-dev-local", "docker-prod-local"
	image, tag = "team/app", "1.0"
	user       = "ci"
	password   = "bench-only"
)

// budget is what a scenario may cost, confirmations included. The zero value means that there is none.
type budget struct {
	// requests in all, and depth of them one after another.
	requests, depth int
	// wall at slowLatency.
	wall time.Duration
}

// scenario is one piece of work.
type scenario struct {
	name string
	// prepare stores the image.
	prepare func(fixture.Image)
	// args follow those that name image and repositories.
	args []string
	// again measures the second run, which has nothing to do.
	again bool
	// noAPI is a server without a referrers API.
	noAPI  bool
	limits budget
}

// startBudget is what jf may lose for each of its own calls, on which it asks every plugin for its signature.
const startBudget = 20 * time.Millisecond

// scenarios gives the work with its budgets. This is the only place where budgets stand; they are lowered as the plugin gets
// faster, and never raised. The layer bytes of every scenario are to be 0.
func scenarios() []scenario {
	const ms = time.Millisecond
	return []scenario{
		{name: "single-platform, one .sig", prepare: single, args: copying(), limits: budget{requests: 16, depth: 7, wall: 450 * ms}},
		{name: "single-platform, one bundle", prepare: bundled, args: copying(), limits: budget{requests: 20, depth: 8}},
		{name: "2-platform, 3 .sig", prepare: twoPlatforms, args: copying(), limits: budget{requests: 26, depth: 7, wall: 500 * ms}},
		{name: "2-platform, 3 bundles", prepare: twoPlatformBundles, args: copying()},
		{name: "rich: 8 attached by tags, nested", prepare: rich, args: copying(), limits: budget{requests: 60, depth: 12}},
		{name: "rich: 8 attached, bundles among them", prepare: mixed, args: copying(), limits: budget{requests: 60, depth: 12}},
		{name: "the same without a referrers API", prepare: mixedFallback, args: copying(), noAPI: true, limits: budget{requests: 60, depth: 12}},
		{name: "nothing to do (the same)", prepare: mixed, args: copying(), again: true},
		{name: "nothing to do (single, one .sig)", prepare: single, args: copying(), again: true, limits: budget{requests: 11, depth: 4}},
		{name: "move of single, one .sig", prepare: single},
	}
}

func copying() []string { return []string{"--copy"} }

func single(i fixture.Image) { i.Sign(i.Single(tag, "v1"), "alice") }

// signing is the predicate type of a bundle that is a signature.
const signing = "https://sigstore.dev/cosign/sign/v1"

func bundled(i fixture.Image) { i.Bundle(i.Single(tag, "v1"), signing, "alice") }

func twoPlatformBundles(i fixture.Image) {
	index := i.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
	for _, d := range append(index.Children, index.Digest) {
		i.Bundle(d, signing, "alice")
	}
}

// mixed is what was measured with all tools that copy images (facts: peers 2.1): .sig, .att and .sbom, a .sig of the .att and one
// of the .sbom, a bundle, an SBOM as referrer, and a bundle on that.
func mixed(i fixture.Image) { attachMixed(i) }

// mixedFallback is the same as clients leave it where there is no referrers API.
func mixedFallback(i fixture.Image) {
	image, bundle, sbom, onSBOM := attachMixed(i)
	i.FallbackBy(fixture.ByCosign31, image, bundle, sbom)
	i.FallbackBy(fixture.ByCosign31, sbom, onSBOM)
}

func attachMixed(i fixture.Image) (image, bundle, sbom, onSBOM digest.Digest) {
	image = i.Single(tag, "v1")
	i.Sign(image, "alice")
	i.Sign(i.Attest(image, "https://slsa.dev/provenance/v1"), "alice")
	i.Sign(i.SBOM(image, `{"spdxVersion":"SPDX-2.3"}`), "alice")
	bundle = i.Bundle(image, signing, "alice")
	const spdx = "application/spdx+json"
	sbom = i.Attach(image, fixture.Artifact{Type: spdx, Inline: true, LayerType: spdx, Contents: []string{`{"spdxVersion":"SPDX-2.3"}`}})
	return image, bundle, sbom, i.Bundle(sbom, signing, "alice")
}

func twoPlatforms(i fixture.Image) {
	index := i.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
	for _, d := range append(index.Children, index.Digest) {
		i.Sign(d, "alice")
	}
}

// rich has all that suffix tags are used for, in three generations: image, SBOM, signature of the SBOM.
func rich(i fixture.Image) {
	const provenance = "https://slsa.dev/provenance/v1"
	index := i.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
	for _, child := range index.Children {
		i.Sign(child, "alice")
		i.Attest(child, provenance)
	}
	i.Sign(index.Digest, "alice", "bob")
	i.Attest(index.Digest, provenance, "https://spdx.dev/Document")
	i.Sign(i.SBOM(index.Digest, `{"spdxVersion":"SPDX-2.3"}`), "alice")
}
