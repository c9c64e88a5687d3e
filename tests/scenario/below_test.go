package scenario

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// shared is the tag whose folder is also the path of another image.
const shared = "cache"

// filesBelow returns the files of a snapshot below a folder.
func filesBelow(files map[string]string, folder string) map[string]string {
	found := map[string]string{}
	for file, sha := range files {
		if strings.HasPrefix(file, folder+"/") {
			found[file] = sha
		}
	}
	return found
}

// ownOf returns the files that are directly in a folder.
func ownOf(files map[string]string, folder string) []string {
	return slices.DeleteFunc(slices.Collect(maps.Keys(files)), func(file string) bool { return path.Dir(file) != folder })
}

// twoInOneFolder runs a scenario with the image team/app/cache below the tag cache of team/app, for each of the things
// that a promotion may do with it. The images below at both sides are as they were in the end.
func twoInOneFolder(t *testing.T, run func(t *testing.T, w *world, root digest.Digest)) {
	t.Helper()
	for name, knob := range map[string]func(*artifactory.Knobs){
		"left by a promotion":        func(*artifactory.Knobs) {},
		"taken along by a promotion": func(k *artifactory.Knobs) { k.PromoteTakesSubfolders = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, artifactory.WithKnobs(knob))
			root := w.dev.Single(shared, "v1")
			w.dev.Sign(root, "alice")
			below := w.images.Image(dev, app+"/"+shared)
			below.Sign(below.Single("1.0", "another image"), "alice")
			there := w.images.Image(prod, app+"/"+shared)
			there.Sign(there.Single("2.0", "another image, of production"), "bob")
			before := w.server.Snapshot()
			run(t, w, root)
			after := w.server.Snapshot()
			for file, sha := range before {
				for _, image := range []fixture.Image{below, there} {
					if strings.HasPrefix(file, image.String()+"/") && strings.Count(file, "/") > strings.Count(image.String(), "/")+1 {
						assert.Equal(t, sha, after[file], "%s is of another image", file)
					}
				}
			}
		})
	}
}

func TestImageBelowATag(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"promote": {"promote", ref(app, shared), dev, prod},
		"pinned":  {"promote", ref(app, shared), dev, prod, "--pin"},
		"move":    {"move", dev + "/" + ref(app, shared), prod},
		"renamed": {"move", dev + "/" + ref(app, shared), prod + "/other/app:2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			twoInOneFolder(t, func(t *testing.T, w *world, root digest.Digest) {
				t.Helper()
				o := w.transfer(args[0], args[1:]...).ends(exitDone)
				files := w.server.Snapshot()
				assert.Empty(t, ownOf(files, dev+"/"+app+"/"+shared), "the tag's own files are gone")
				assert.Empty(t, filesBelow(files, dev+"/"+app+"/"+fixture.SuffixTag("", root, "sig")))
				assert.NotEmpty(t, o.image().Target.Digest)
				w.transfer(args[0], args[1:]...).ends(exitDone).changesNothing()
			})
		})
	}
}

// The tag is at the target already, so that only the source is left to be cleaned.
func TestImageBelowATagThatArrived(t *testing.T) {
	t.Parallel()
	twoInOneFolder(t, func(t *testing.T, w *world, root digest.Digest) {
		t.Helper()
		w.prod.Single(shared, "v1")
		w.prod.Sign(root, "alice")
		w.promote(ref(app, shared), dev, prod).ends(exitDone)
		assert.Empty(t, ownOf(w.server.Snapshot(), dev+"/"+app+"/"+shared))
	})
}

// An image and one below it are moved by one pattern: both go, each by itself, with all that the result names and
// nothing else.
func TestMoveOfAnImageAndOneBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single(shared, "v1"), "alice")
	below := w.images.Image(dev, app+"/"+shared)
	below.Sign(below.Single("1.0", "another image"), "alice")
	deeper := w.images.Image(dev, app+"/"+shared+"/1.0")
	deeper.Sign(deeper.Single("latest", "and another"), "alice")
	before := w.server.Snapshot()
	o := w.transfer("move", dev+"/team/*", prod, "--threads", "8").ends(exitDone)
	assert.Len(t, o.result().Images, 3)
	after := w.server.Snapshot()
	assert.Empty(t, filesBelow(after, dev))
	for file := range before {
		assert.Contains(t, after, prod+strings.TrimPrefix(file, dev))
	}
}

// A move to below the folder that it empties is refused; a copy to there is not, nor is a move out of there.
func TestMoveIntoItsOwnFolder(t *testing.T) {
	t.Parallel()
	for to, code := range map[string]int{
		dev + "/team/app/cache:latest":    exitRefused,
		dev + "/team/app/cache/deep:1.0":  exitRefused,
		dev + "/team/app/cache2:latest":   exitDone,
		prod + "/team/app/cache:latest":   exitDone,
		dev + "/team/app/cache:--copy":    exitDone,
		dev + "/team/app/cache:--dry-run": exitRefused,
	} {
		w := newWorld(t)
		root := w.dev.Single(shared, "v1")
		w.dev.Sign(root, "alice")
		command, args := "move", []string{dev + "/" + ref(app, shared), to}
		if target, option, found := strings.Cut(to, "--"); found {
			args[1] = target + "latest"
			if option == "copy" {
				command = option
			} else {
				args = append(args, "--"+option)
			}
		}
		o := w.transfer(command, args...).ends(code)
		if code == exitRefused {
			assert.Contains(t, o.stderr+o.stdout, "is below the folder of")
			o.writesNothing()
		}
		moved := code == exitDone && command == "move"
		assert.Equal(t, moved, len(ownOf(w.server.Snapshot(), dev+"/"+app+"/"+shared)) == 0, to)
	}
	w := newWorld(t)
	below := w.images.Image(dev, app+"/"+shared)
	root := below.Single("latest", "v1")
	below.Sign(root, "alice")
	w.transfer("move", dev+"/team/app/cache:latest", dev+"/team/app:cache").ends(exitDone)
	assert.Equal(t, root, look(w.server)[dev+"/"+app][shared])
	assert.Empty(t, filesBelow(w.server.Snapshot(), dev+"/"+app+"/"+shared+"/latest"))
}

// A kill between any two of the deletes leaves what the same command finishes.
func TestKilledAmongTheFilesOfATag(t *testing.T) {
	t.Parallel()
	for skip := range 6 {
		twoInOneFolder(t, func(t *testing.T, w *world, _ digest.Digest) {
			t.Helper()
			w.server.AddFault(artifactory.Fault{
				Match:  artifactory.Match{Method: http.MethodDelete, Nth: skip + 1, Count: 1000},
				Status: http.StatusInternalServerError,
			})
			w.promote(ref(app, shared), dev, prod, "--retries", "0")
			w.server.ClearFaults()
			w.promote(ref(app, shared), dev, prod).ends(exitDone)
			files := w.server.Snapshot()
			assert.Empty(t, ownOf(files, dev+"/"+app+"/"+shared), "after %d deletes", skip)
			w.promote(ref(app, shared), dev, prod, "--fail-no-op").ends(exitNoOp)
		})
	}
}
