package scenario

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// view is what the double holds at one moment: "<repo>/<image>" → tag or digest folder → digest of the manifest in it.
// The double's storage is read directly, so that nothing of the plugin is trusted.
type view map[string]map[string]digest.Digest

func look(s *artifactory.Server) view {
	v := view{}
	files := s.Snapshot()
	for _, file := range slices.Sorted(maps.Keys(files)) {
		folder, name := path.Split(file)
		image, tag := path.Split(strings.TrimSuffix(folder, "/"))
		image = strings.TrimSuffix(image, "/")
		// "list.manifest.json" sorts before "manifest.json", and wins on a pull.
		if name != "list.manifest.json" && (name != "manifest.json" || v[image][tag] != "") {
			continue
		}
		if v[image] == nil {
			v[image] = map[string]digest.Digest{}
		}
		v[image][tag] = digest.NewDigestFromEncoded(digest.SHA256, files[file])
	}
	return v
}

// names returns the tags and digest folders of an image, sorted.
func (v view) names(image fixture.Image) []string { return slices.Sorted(maps.Keys(v[image.String()])) }

// graph is everything that belongs to a digest in one image: the folders of its attachments, and the digests of all.
type graph struct {
	digests map[digest.Digest]bool
	// records are the suffix tags, with what they held.
	records map[string]digest.Digest
}

var suffixTag = regexp.MustCompile(`^.*sha256-([0-9a-f]{64})(\..+)$`)

// graphOf walks from a digest through children and suffix tags until nothing new appears.
func (v view) graphOf(f *fixture.Fixture, image string, root digest.Digest) graph {
	g := graph{digests: map[digest.Digest]bool{}, records: map[string]digest.Digest{}}
	next := []digest.Digest{root}
	for len(next) > 0 {
		d := next[0]
		next = next[1:]
		if g.digests[d] {
			continue
		}
		g.digests[d] = true
		m, _ := f.Manifest(d)
		for _, child := range m.Manifests {
			next = append(next, child.Digest)
		}
		for tag, record := range v[image] {
			if match := suffixTag.FindStringSubmatch(tag); match != nil && match[1] == d.Encoded() {
				g.records[tag] = record
				next = append(next, record)
			}
		}
	}
	return g
}

// isImageTag tells tags that people gave from digest folders, suffix tags and fallback tags.
func isImageTag(name string) bool {
	return !strings.Contains(name, "sha256:") && !strings.Contains(name, "sha256-")
}
