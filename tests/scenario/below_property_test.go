package scenario

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/report"
)

// nestedNames are used as tags and as parts of paths, so that the folders of tags and images coincide.
func nestedNames() []string { return []string{"a", "b", "1.0"} }

// nestedPath draws the path of an image, which may lead through tags.
func nestedPath(t *rapid.T, parts []string) string {
	name := "team"
	for range rapid.IntRange(0, 3).Draw(t, "depth") {
		name += "/" + rapid.SampledFrom(parts).Draw(t, "part")
	}
	return name
}

// nestedTree stores random images, some with paths that lead through the tags of others, and gives "<image>:<tag>" of
// each.
func nestedTree(t *rapid.T, w *world, parts []string) []string {
	var tags []string
	for range rapid.IntRange(2, 5).Draw(t, "tags") {
		name := nestedPath(t, parts)
		image := w.images.Image(dev, name)
		tag := rapid.SampledFrom(nestedNames()).Draw(t, "tag")
		if _, there := look(w.server)[image.String()][tag]; there {
			continue
		}
		image.Sign(image.Single(tag, fmt.Sprint(name, tag)), "alice")
		tags = append(tags, name+":"+tag)
	}
	return tags
}

// tookOnly asserts that the files in the folders that are named are gone, and nothing else.
func (w *world) tookOnly(before map[string]string, named map[string]bool) {
	w.t.Helper()
	after := w.server.Snapshot()
	for file, sha := range before {
		if named[path.Dir(file)] {
			assert.NotContains(w.t, after, file)
		} else {
			assert.Equal(w.t, sha, after[file], "%s changed", file)
		}
	}
}

// For random trees of nested images, what disappears from the source is what the result of a move names, and nothing
// else changes there.
func TestMovesOfNestedImagesTakeWhatTheyName(t *testing.T) {
	t.Parallel()
	for n := range 6 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.mayNest = true
			chosen := rapid.Custom(func(r *rapid.T) string {
				return rapid.SampledFrom(nestedTree(r, w, nestedNames())).Draw(r, "moved")
			}).Example(n)
			before := w.server.Snapshot()
			o := w.transfer("move", dev+"/"+chosen, prod).ends(exitDone)
			named := map[string]bool{}
			for _, step := range o.image().Steps {
				if strings.HasPrefix(step.Action, "delete") && step.Outcome == "done" {
					named[step.Path] = true
				}
			}
			w.tookOnly(before, named)
			assert.Contains(t, named, dev+"/"+strings.ReplaceAll(chosen, ":", "/"))
		})
	}
}

// For random trees of nested images, what disappears is what the result of a prune names, whether it deletes or moves
// it. Images lie below the folders of what is left over, and that lies below the folders of tags.
func TestPrunesOfNestedImagesTakeWhatTheyName(t *testing.T) {
	t.Parallel()
	const quarantine = "docker-quarantine"
	lost := []digest.Digest{digest.FromString("lost"), digest.FromString("lost, too")}
	parts := append(nestedNames(), fixture.SuffixTag("", lost[0], "sig"), fixture.SuffixTag("", lost[1], "sig"))
	for n := range 10 {
		for _, way := range [][]string{{"--delete"}, {"--quarantine-repo", quarantine}} {
			t.Run(fmt.Sprint(n, way[0]), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, artifactory.WithRepository(artifactory.Repository{Key: quarantine}))
				w.mayNest = true
				orphans := rapid.Custom(func(r *rapid.T) (left []string) {
					nestedTree(r, w, parts)
					for range rapid.IntRange(2, 4).Draw(r, "orphans") {
						image, subject := w.images.Image(dev, nestedPath(r, parts)), rapid.SampledFrom(lost).Draw(r, "subject")
						image.Sign(subject, "alice")
						left = append(left, image.String()+"/"+fixture.SuffixTag("", subject, "sig"))
					}
					return left
				}).Example(n)
				before := w.server.Snapshot()
				args := append([]string{"prune", dev, "--format", "json", "--quiet", "--older-than", "0s", "--now", "--central"},
					way...)
				var result report.PruneResult
				w.run(args...).ends(exitDone).decode(&result)
				named, moved := map[string]bool{}, map[string]string{}
				for _, a := range result.Attachments {
					if a.Outcome != "removed" {
						continue
					}
					named[a.Path] = true
					for file, sha := range before {
						if a.To != "" && path.Dir(file) == a.Path {
							moved[a.To+"/"+path.Base(file)] = sha
						}
					}
				}
				w.tookOnly(before, named)
				for _, orphan := range orphans {
					assert.Contains(t, named, orphan)
				}
				assert.Equal(t, moved, filesBelow(w.server.Snapshot(), quarantine), "what is in quarantine")
			})
		}
	}
}
