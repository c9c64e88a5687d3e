package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/jfrog/build-info-go/entities"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/build"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/planfile"
)

type (
	buildName      = artifactory.Build
	buildPromotion = artifactory.BuildPromotion
)

// findBuild reads the build-info and finds the images of the build.
func (s *session) findBuild(ctx context.Context, b buildName, p buildPromotion) (*builtImages, error) {
	info, err := s.rest.BuildInfo(ctx, b)
	if err != nil {
		return nil, noBuild(err, b.String())
	}
	manifests := build.Manifests(info, p.IncludeDependencies)
	found, err := s.findManifests(ctx, b, p, manifests)
	if err != nil {
		return nil, explainSearch(err)
	}
	where := p.SourceRepo
	if where == "" {
		where = "any repository"
	}
	if err := build.CheckFound(manifests, found, where); err != nil {
		return nil, err
	}
	return &builtImages{
		images: build.Images(found, p.SourceRepo, p.TargetRepo,
			!p.Copy), found: found, recorded: build.Digests(found), modules: modulesSum(info),
	}, nil
}

// findManifests searches in the source, and in the target for what an earlier run has moved already. What is in a
// repository that holds no images is none, whatever its name.
func (s *session) findManifests(ctx context.Context, b buildName, p buildPromotion,
	manifests []build.Manifest,
) ([]build.Found, error) {
	var repos []string
	if p.SourceRepo != "" {
		repos = []string{p.SourceRepo, p.TargetRepo}
	}
	found, err := build.Find(ctx, s.rest, b, repos, manifests)
	if err != nil {
		return nil, err
	}
	holds := map[string]bool{}
	for _, f := range found {
		if _, known := holds[f.Place.Repo]; known {
			continue
		}
		repo, err := s.engine.Catalog.Repository(ctx, f.Place.Repo)
		if err != nil {
			return nil, failure.At(failure.Source, err, "repository "+f.Place.Repo, "You need Read on "+f.Place.Repo+".")
		}
		holds[f.Place.Repo] = repo.HoldsImages()
	}
	return slices.DeleteFunc(found, func(f build.Found) bool { return !holds[f.Place.Repo] }), nil
}

// modulesSum tells one build-info from another of the same name and number.
func modulesSum(info *entities.BuildInfo) string {
	// What was read from JSON can be written as JSON.
	content, _ := json.Marshal(info.Modules)
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// planned writes down how the build is to be promoted.
func (b *builtImages) planned(name buildName, p buildPromotion) *planfile.Build {
	return &planfile.Build{
		Name: name.Name, Number: name.Number, Project: name.Project, Status: p.Status, Comment: p.Comment, SourceRepo: p.SourceRepo,
		TargetRepo: p.TargetRepo, Copy: p.Copy, IncludeDependencies: p.IncludeDependencies, FailFast: p.FailFast, Properties: p.Properties,
		ModulesSHA256: b.modules, Recorded: slices.Sorted(maps.Keys(b.recorded)),
	}
}
