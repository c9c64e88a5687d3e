package scenario

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

const (
	buildName, buildNumber = "team/app-build", "17"
	generic                = "generic-local"
)

// module is a module of a build-info.
type module struct {
	ID        string     `json:"id"`
	Type      string     `json:"type"`
	Artifacts []artifact `json:"artifacts"`
}

type artifact struct {
	Name   string `json:"name"`
	SHA1   string `json:"sha1"`
	SHA256 string `json:"sha256,omitempty"`
	Repo   string `json:"originalDeploymentRepo,omitempty"`
}

// built makes a module of all files in some folders of an image, and gives them the properties of the build, as jf does
// after a push.
func (w *world) built(image fixture.Image, folders ...string) module {
	m := module{ID: image.Name, Type: "docker"}
	for file, sum := range w.server.Snapshot() {
		for _, folder := range folders {
			if path.Dir(file) == image.String()+"/"+folder {
				m.Artifacts = append(m.Artifacts, w.artifact(file, sum))
			}
		}
	}
	return m
}

func (w *world) artifact(file, sum string) artifact {
	repo, name, _ := strings.Cut(file, "/")
	w.server.PutProperties(repo, name, map[string][]string{"build.name": {buildName}, "build.number": {buildNumber}})
	content, _ := w.server.Content(sum)
	one := sha1.Sum(content)
	return artifact{Name: path.Base(file), SHA1: hex.EncodeToString(one[:]), SHA256: sum, Repo: repo}
}

func (w *world) publish(project string, modules ...module) {
	info, err := json.Marshal(map[string]any{"name": buildName, "number": buildNumber, "modules": modules})
	require.NoError(w.t, err)
	w.server.PublishBuild(project, info)
}

// builtWorld has a build of a 2-platform image, signed everywhere, another image, and a file.
func builtWorld(t *testing.T, options ...artifactory.Option) (w *world, root, other digest.Digest) {
	t.Helper()
	w = newWorld(t, append(options, artifactory.WithRepository(artifactory.Repository{
		Key:         generic,
		PackageType: "generic",
	}))...)
	root = signedIndex(w)
	index, _ := w.images.Manifest(root)
	second := w.images.Image(dev, "team/other")
	other = second.Single("2.0", "other")
	second.Sign(other, "alice")
	second.Bundle(other, "https://sigstore.dev/cosign/sign/v1", "alice")
	sum := w.server.PutFile(dev, "notes/manifest.json", []byte("{}"), nil)
	w.publish("",
		w.built(w.dev, "1.0", index.Manifests[0].Digest.String(), index.Manifests[1].Digest.String()),
		w.built(second, "2.0"),
		module{ID: "notes", Type: "generic", Artifacts: []artifact{w.artifact(dev+"/notes/manifest.json", sum)}},
	)
	return w, root, other
}

func (w *world) buildPromote(args ...string) outcome {
	w.t.Helper()
	return w.run(append([]string{"build-promote", "--format", "json"}, args...)...)
}

func TestBuildPromote(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"copy":             {"--copy", "--source-repo", dev},
		"copy, any source": {"--copy"},
		"move":             {"--source-repo", dev},
		"move, any source": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, root, other := builtWorld(t)
			second := w.images.Image(dev, "team/other")
			before := look(w.server)
			args := append([]string{
				buildName, buildNumber, prod, "--status", "Released", "--comment", "all fine", "--props",
				"stage=prod;tested=a,b",
			}, args...)
			w.buildPromote(append(args, "--dry-run")...).ends(exitDone).writesNothing()
			o := w.buildPromote(args...).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			w.whole(before, second, w.images.Image(prod, "team/other"), "2.0", other)
			assert.Contains(t, w.server.Snapshot(), prod+"/notes/manifest.json", "what is no image goes, too")
			require.NotNil(t, o.result().Build)
			assert.Equal(t, "promoted", o.result().Build.Outcome)
			assert.Len(t, o.result().Images, 2)
			status := w.server.Build("", buildName, buildNumber)["statuses"]
			assert.Contains(t, encode(status), `"status":"Released"`)
			properties := w.server.SnapshotProperties()[prod+"/"+app+"/1.0/list.manifest.json"]
			assert.Equal(t, []string{"a", "b"}, properties["tested"])
			if strings.HasPrefix(name, "copy") {
				assert.Equal(t, before[w.dev.String()], look(w.server)[w.dev.String()])
				assert.Equal(t, before[second.String()], look(w.server)[second.String()])
			} else {
				assert.Empty(t, look(w.server).names(w.dev))
				assert.Empty(t, look(w.server).names(second))
			}
			w.buildPromote(args...).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
		})
	}
}

// If one image may not be promoted, the build is not.
func TestBuildPromoteRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world, root digest.Digest)
		args   []string
		says   string
		code   int
	}{
		"not signed": {func(w *world, root digest.Digest) {
			w.server.DeleteTag(dev, app, fixture.SuffixTag("", root, "sig"))
		}, nil, "is not signed", exitRefused},
		"a part that the build did not record": {func(w *world, _ digest.Digest) {
			w.publish("", w.built(w.dev, "1.0"))
		}, nil, "did not record", exitRefused},
		"no overwrite": {
			func(w *world, _ digest.Digest) { w.prod.Single("1.0", "old") },
			[]string{"--no-overwrite"},
			"holds", exitRefused,
		},
		"no such build": {func(*world, digest.Digest) {}, []string{"--project", "other"}, "there is no build", exitFailed},
		"no such image": {
			func(w *world, _ digest.Digest) { w.server.DeletePath(dev, app) }, nil, "recorded a manifest",
			exitFailed,
		},
		"another source": {
			func(*world, digest.Digest) {},
			[]string{"--source-repo", generic},
			"recorded a manifest",
			exitFailed,
		},
		"no such target": {func(*world, digest.Digest) {}, []string{"--nowhere"}, "no repository", exitFailed},
		"pinned":         {func(*world, digest.Digest) {}, []string{"--pin"}, "--pin", exitFailed},
		"may not deploy": {
			func(w *world, _ digest.Digest) { w.grants(artifactory.Grant{Repo: "*", Read: true}) }, nil,
			"may not be written", exitFailed,
		},
		"may not move": {func(w *world, _ digest.Digest) {
			w.grants(artifactory.Grant{
				Repo: "*", Read: true,
				Deploy: true,
			})
		}, nil, "may not be moved", exitFailed},
		"the search fails": {func(w *world, _ digest.Digest) { w.server.SetKnobs(func(k *artifactory.Knobs) { k.AQLStatus = 500 }) }, []string{"--retries", "0"}, "looking for", exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, root, _ := builtWorld(t)
			c.change(w, root)
			target, args := prod, c.args
			if len(args) > 0 && args[0] == "--nowhere" {
				target, args = "nowhere-local", nil
			}
			o := w.buildPromote(append([]string{buildName, buildNumber, target}, args...)...).ends(c.code).changesNothing()
			assert.Contains(t, o.stderr, c.says)
			for _, r := range o.log {
				assert.False(t, r.Method == http.MethodPost && strings.Contains(r.Path, "build/promote"),
					"the server must not be asked")
			}
		})
	}
}

// A build without images is promoted as by jf, and one of a project, and one that the environment names.
func TestBuildPromoteOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, artifactory.WithRepository(artifactory.Repository{Key: generic, PackageType: "generic"}),
		artifactory.WithRepository(artifactory.Repository{Key: "release-local", PackageType: "generic"}))
	sum := w.server.PutFile(generic, "lib/x.jar", []byte("x"), nil)
	w.publish("proj", module{ID: "lib", Type: "maven", Artifacts: []artifact{w.artifact(generic+"/lib/x.jar", sum)}})
	w.env = []string{
		"JFROG_CLI_BUILD_NAME=" + buildName, "JFROG_CLI_BUILD_NUMBER=" + buildNumber,
		"JFROG_CLI_BUILD_PROJECT=proj",
	}
	o := w.buildPromote("release-local").ends(exitDone)
	assert.Contains(t, w.server.Snapshot(), "release-local/lib/x.jar")
	assert.Equal(t, "success", string(o.result().Status))
	assert.Empty(t, o.result().Images)
	w.env = nil
	o = w.buildPromote(buildName, buildNumber, "release-local", "--project", "proj", "--source-repo",
		generic).ends(exitFailed)
	assert.Equal(t, "failed", o.result().Build.Outcome, "nothing is left to move, and the server says so")
	w.buildPromote("release-local").ends(exitFailed)
	w.buildPromote("one", "release-local").ends(exitFailed)
}

// A build-info records checksums and no tags: whether the server takes both tags of one image or one of them, what it
// took is whole.
func TestBuildPromoteOfTwoTags(t *testing.T) {
	t.Parallel()
	for one, arrived := range map[bool][]string{false: {app + ":1.0", app + ":latest"}, true: {app + ":1.0"}} {
		for _, mode := range []string{"--copy", "--copy=false"} {
			w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.BuildTakesOneMatch = one }))
			root := w.dev.Single("1.0", "v1")
			w.dev.Single("latest", "v1")
			w.dev.Sign(root, "alice")
			w.publish("", w.built(w.dev, "1.0", "latest"))
			before := look(w.server)
			o := w.buildPromote(buildName, buildNumber, prod, mode).ends(exitDone)
			assert.ElementsMatch(t, arrived, w.tagged(prod))
			w.whole(before, w.dev, w.prod, "1.0", root)
			assert.Equal(t, one, strings.Contains(o.stderr, "was not promoted"), o.stderr)
			if one {
				assert.Contains(t, look(w.server).names(w.dev), "latest")
				assert.Contains(t, look(w.server).names(w.dev), fixture.SuffixTag("", root, "sig"), "the tag that stays needs it")
			}
		}
	}
}

// A move that was cut off at any request is completed by the same command.
func TestInterruptedBuildPromote(t *testing.T) {
	t.Parallel()
	reference, _, _ := builtWorld(t)
	requests := len(reference.buildPromote(buildName, buildNumber, prod).ends(exitDone).log)
	for k := 20; k <= requests; k += 7 {
		w, root, other := builtWorld(t)
		second := w.images.Image(dev, "team/other")
		before := look(w.server)
		w.server.CrashAt(k, k%2 == 0)
		w.buildPromote(buildName, buildNumber, prod, "--retries", "0")
		w.server.ClearFaults()
		o := w.buildPromote(buildName, buildNumber, prod)
		require.Equal(t, exitDone, o.code, "after a crash at %d of %d: %s", k, requests, o.stderr)
		w.whole(before, w.dev, w.prod, "1.0", root)
		w.whole(before, second, w.images.Image(prod, "team/other"), "2.0", other)
		assert.Empty(t, look(w.server).names(w.dev), "after a crash at %d of %d", k, requests)
	}
}

// A plan of a build, applied once and once more, and refused when the build or an image is another one.
func TestPlanOfABuild(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"copy": {"--copy"}, "move": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, root, _ := builtWorld(t)
			before := look(w.server)
			path := w.plan(append([]string{"build-promote", buildName, buildNumber, prod, "--status", "Released"}, mode...)...)
			w.apply(path, "--dry-run").ends(exitDone).writesNothing()
			o := w.apply(path).ends(exitDone)
			assert.Equal(t, "promoted", o.result().Build.Outcome)
			w.whole(before, w.dev, w.prod, "1.0", root)
			w.apply(path).ends(exitDone)
		})
	}
	for name, change := range map[string]func(w *world, root digest.Digest){
		"published again": func(w *world, _ digest.Digest) { w.publish("", w.built(w.dev, "1.0")) },
		"signed again":    func(w *world, root digest.Digest) { w.dev.Sign(root, "alice", "mallory") },
		"an image gone":   func(w *world, _ digest.Digest) { w.server.DeletePath(dev, "team/other") },
		"pushed there":    func(w *world, _ digest.Digest) { w.prod.Single("1.0", "old") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, root, _ := builtWorld(t)
			path := w.plan("build-promote", buildName, buildNumber, prod)
			change(w, root)
			w.apply(path).ends(exitRefused).changesNothing()
		})
	}
}

// A move of a build is refused if the server would take a manifest that another tag of the source needs, with the names
// of those tags. A copy goes, and so does the move once those tags are part of the build.
func TestABuildMovesNothingThatAnotherTagNeeds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		other func(w *world, index fixture.Index) string
		by    string
	}{
		"a child": {func(w *world, index fixture.Index) string {
			w.dev.Sign(w.dev.Join("2.0", index.Children[0]).Digest, "alice")
			return "2.0"
		}, "2.0"},
		"the image itself": {func(w *world, index fixture.Index) string {
			w.dev.Sign(w.dev.Join("all", index.Digest).Digest, "alice")
			return "all"
		}, "all"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			index := w.dev.Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
			w.dev.Sign(index.Digest, "alice")
			other := c.other(w, index)
			mine := []string{"1.0", index.Children[0].String(), index.Children[1].String()}
			w.publish("", w.built(w.dev, mine...))
			before := look(w.server)
			w.buildPromote(buildName, buildNumber, prod, "--dry-run").ends(exitRefused)
			w.buildPromote(buildName, buildNumber, prod).ends(exitRefused).changesNothing().tells("source",
				c.by+" of the same image", "--copy")
			w.buildPromote(buildName, buildNumber, prod, "--copy").ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", index.Digest)
			assert.Equal(t, before[w.dev.String()], look(w.server)[w.dev.String()])

			w.buildPromote(buildName, buildNumber, prod).ends(exitRefused)
			w.publish("", w.built(w.dev, append(mine, other)...))
			w.buildPromote(buildName, buildNumber, prod).ends(exitDone)
			assert.Empty(t, look(w.server).names(w.dev))
		})
	}
}
