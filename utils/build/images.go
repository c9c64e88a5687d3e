package build

import (
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Image is an image of a build that goes to the same path and tag of another repository.
type Image struct {
	Source, Target reference.Reference
	// Digest is what the build recorded.
	Digest digest.Digest
}

// Images reports which images of a build are to go to a repository. One that is there alone was moved by an earlier
// run: its source is then where the build had deployed it, so that what is left there can be found; without a move it
// needs nothing.
func Images(found []Found, sourceRepo, targetRepo string, move bool) []Image {
	var images []Image
	elsewhere := map[string]bool{}
	for _, f := range found {
		if f.IsImage() && f.Place.Repo != targetRepo {
			elsewhere[f.Place.Path+":"+f.Place.Tag] = true
			images = append(images, imageOf(f, f.Place.Repo, targetRepo))
		}
	}
	for _, f := range found {
		if !f.IsImage() || f.Place.Repo != targetRepo || elsewhere[f.Place.Path+":"+f.Place.Tag] || !move {
			continue
		}
		former := sourceRepo
		if former == "" {
			former = f.Repo
		}
		if former != "" && former != targetRepo {
			images = append(images, imageOf(f, former, targetRepo))
		}
	}
	return images
}

func imageOf(f Found, from, to string) Image {
	i := Image{Source: f.Place, Target: f.Place, Digest: f.Digest}
	i.Source.Repo, i.Target.Repo = from, to
	return i
}

// CheckFound tells of the first image manifest that a build recorded and that is nowhere: the server would not find it
// either, and that it is not there cannot be told from that it is hidden.
func CheckFound(manifests []Manifest, found []Found, where string) error {
	for _, m := range manifests {
		at := func(f Found) bool { return f.key() == m.key() }
		if m.Image && !m.Dependency && !slices.ContainsFunc(found, at) {
			return &failure.Failure{
				Side:    failure.Source,
				Message: fmt.Sprintf("the build recorded a manifest for %s (%s) which is not in %s with the properties of the build", m.Module, m.name(), where),
				Hint:    "Check --source-repo, and that you may read there. What was published a moment ago may not be found yet.",
			}
		}
	}
	return nil
}

func (m Manifest) name() string {
	if m.Sha256 != "" {
		return "sha256:" + m.Sha256
	}
	return "sha1:" + m.Sha1
}

// Digests returns what the build recorded and the server has.
func Digests(found []Found) map[digest.Digest]bool {
	digests := map[digest.Digest]bool{}
	for _, f := range found {
		digests[f.Digest] = true
	}
	return digests
}
