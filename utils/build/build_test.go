package build_test

import (
	"testing"

	"github.com/jfrog/build-info-go/entities"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/build"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func sums(name string) entities.Checksum {
	return entities.Checksum{Sha1: name, Sha256: digest.FromString(name).Encoded()}
}

func TestManifests(t *testing.T) {
	t.Parallel()
	info := &entities.BuildInfo{Modules: []entities.Module{
		{Type: entities.Docker, Id: "app:1", Artifacts: []entities.Artifact{
			{Name: "manifest.json", Checksum: sums("a"), OriginalDeploymentRepo: "dev"}, {
				Name:     "sha256__00",
				Checksum: sums("layer"),
			}, {Name: "manifest.json", Checksum: sums("a")},
		}, Dependencies: []entities.Dependency{{Id: "manifest.json", Checksum: sums("base")}, {
			Id:       "sha256__01",
			Checksum: sums("layer 2"),
		}}},
		{Type: "OCI", Id: "index", Artifacts: []entities.Artifact{{
			Name:     "list.manifest.json",
			Checksum: entities.Checksum{Sha1: "b"},
		}}},
		{Type: entities.Generic, Id: "web", Artifacts: []entities.Artifact{{Name: "manifest.json", Checksum: sums("web")}}},
		{Id: "old", Artifacts: []entities.Artifact{
			{Name: "app/1/manifest.json", Checksum: sums("c")},
			{Name: "manifest.json"},
		}},
	}}
	names := func(all []build.Manifest) (names []string) {
		for _, m := range all {
			names = append(names, m.Module+" "+m.Sha1)
		}
		return names
	}
	assert.Equal(t, []string{"app:1 a", "index b", "old c"}, names(build.Manifests(info, false)))
	assert.Equal(t, []string{"app:1 a", "app:1 base", "index b", "old c"}, names(build.Manifests(info, true)))
	assert.Equal(t, "dev", build.Manifests(info, false)[0].Repo)
}

func found(repo, image, tag, former string) build.Found {
	return build.Found{
		Manifest: build.Manifest{Checksum: sums(image), Image: true, Repo: former}, Digest: digest.FromString(image),
		Place: reference.Reference{Image: reference.Image{Repo: repo, Path: image}, Tag: tag},
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	all := []build.Found{
		found("dev", "app", "1", "dev"), found("dev", "app", "sha256:"+digest.FromString("child").Encoded(), "dev"),
		found("dev", "app", "sha256-"+digest.FromString("x").Encoded()+".sig", "dev"),
		found("prod", "app", "1", "dev"), found("prod", "moved", "1", "dev"), found("prod", "unknown", "1", ""),
	}
	names := func(images []build.Image) (names []string) {
		for _, i := range images {
			names = append(names, i.Source.String()+" "+i.Target.String())
		}
		return names
	}
	assert.Equal(t, []string{"dev/app:1 prod/app:1"}, names(build.Images(all, "", "prod", false)))
	assert.Equal(t, []string{"dev/app:1 prod/app:1", "dev/moved:1 prod/moved:1"},
		names(build.Images(all, "", "prod", true)))
	assert.Equal(t, []string{"dev/app:1 prod/app:1", "stage/moved:1 prod/moved:1", "stage/unknown:1 prod/unknown:1"},
		names(build.Images(all, "stage", "prod", true)))
}

func TestWhatIsNowhere(t *testing.T) {
	t.Parallel()
	there := found("dev", "app", "1", "")
	missing := found("dev", "gone", "1", "").Manifest
	missing.Module = "gone:1"
	assert.NoError(t, build.CheckFound([]build.Manifest{there.Manifest}, []build.Found{there}, "dev"))
	assert.ErrorContains(t, build.CheckFound([]build.Manifest{there.Manifest, missing}, []build.Found{there}, "dev"),
		"gone:1")
	missing.Dependency = true
	assert.NoError(t, build.CheckFound([]build.Manifest{missing}, nil, "dev"), "a base image may be anywhere")
}
