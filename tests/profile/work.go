package main

import (
	"fmt"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

const (
	dev, prod      = "docker-dev-local", "docker-prod-local"
	user, password = "ci", "profile-only"
	// copiedImages cost some requests each; auditedImages hardly any.
	copiedImages, auditedImages = 1_000, 10_000
	// promotions are short, so that one alone has hardly a sample.
	promotions = 40
)

// work is what is profiled.
type work struct {
	name  string
	store func(*fixture.Fixture)
	// runs returns the arguments of each run.
	runs [][]string
}

func works() []work {
	single := work{name: "promotion", store: storeReleases}
	for n := range promotions {
		single.runs = append(single.runs, []string{"promote", fmt.Sprintf("team/app:1.%d", n), dev, prod, "--copy"})
	}
	return []work{
		single,
		{
			name: "copy", store: func(f *fixture.Fixture) { storeMany(f, dev, copiedImages) },
			runs: [][]string{{"copy", dev + "/team-*/*", prod}},
		},
		{
			name: "audit", store: func(f *fixture.Fixture) { storeMany(f, prod, auditedImages) },
			runs: [][]string{{"audit", prod, "--source-repos", dev}},
		},
	}
}

// storeReleases stores images with platforms, signatures and attestations.
func storeReleases(f *fixture.Fixture) {
	i := f.Image(dev, "team/app")
	for n := range promotions {
		index := i.Platforms(fmt.Sprintf("1.%d", n), fmt.Sprint("release ", n), "linux/amd64", "linux/arm64")
		i.Sign(index.Digest, "alice")
		i.Attest(index.Digest, "https://slsa.dev/provenance/v1")
		for _, d := range index.Children {
			i.Sign(d, "alice")
		}
	}
}

// storeMany stores images of all kinds.
func storeMany(f *fixture.Fixture, repo string, count int) {
	const perImage = 25
	for n := range count {
		i := f.Image(repo, fmt.Sprintf("team-%d/app-%d", n/perImage%5, n/perImage))
		tag, content := fmt.Sprintf("1.%d", n%perImage), fmt.Sprint("image ", n)
		switch n % 4 {
		case 0, 1:
			i.Sign(i.Single(tag, content), "alice")
		case 2:
			i.Sign(i.Platforms(tag, content, "linux/amd64", "linux/arm64").Digest, "alice")
		default:
			i.Bundle(i.Single(tag, content), "https://sigstore.dev/cosign/sign/v1", "alice")
		}
	}
}
