package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// fleet is a repository with several images, each tag signed, with all that a pattern must not take for an image.
func fleet(w *world) map[string]digest.Digest {
	tags := map[string]digest.Digest{}
	for _, name := range []string{"team/app", "team/app/tools", "team/app2", "other/app"} {
		image := w.images.Image(dev, name)
		for _, tag := range []string{"1.0", "1.1-rc1", "latest"} {
			index := image.Platforms(tag, name+tag, "linux/amd64")
			image.Sign(index.Children[0], "alice")
			image.Notation(image.Sign(index.Digest, "alice"), "alice")
			tags[name+":"+tag] = index.Digest
		}
	}
	w.server.PutFile(dev, "team/app/README.md", []byte("about"), nil)
	return tags
}

// transfer runs copy or move with --format json.
func (w *world) transfer(command string, args ...string) outcome {
	w.t.Helper()
	return w.run(append([]string{command, "--format", "json"}, args...)...)
}

// tagged returns "<image>:<tag>" of everything in a repository that is an image.
func (w *world) tagged(repo string) []string {
	var all []string
	for image, folders := range look(w.server) {
		name, inside := strings.CutPrefix(image, repo+"/")
		for tag := range folders {
			if inside && isImageTag(tag) {
				all = append(all, name+":"+tag)
			}
		}
	}
	return all
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want []string
		// move tries a move, too.
		move bool
	}{
		"every tag of one image": {[]string{dev + "/team/app", prod}, []string{
			"team/app:1.0", "team/app:1.1-rc1",
			"team/app:latest",
		}, true},
		"one tag": {[]string{dev + "/team/app:1.0", prod}, []string{"team/app:1.0"}, true},
		"tags of one image": {
			[]string{dev + "/team/app:1.*", prod},
			[]string{"team/app:1.0", "team/app:1.1-rc1"},
			false,
		},
		"one character": {[]string{dev + "/team/app:?.0", prod}, []string{"team/app:1.0"}, false},
		"images, nested ones too": {[]string{dev + "/team/*:1.0", prod}, []string{
			"team/app:1.0", "team/app/tools:1.0",
			"team/app2:1.0",
		}, true},
		"everything called app": {
			[]string{dev + "/*/app:latest", prod},
			[]string{"team/app:latest", "other/app:latest"},
			false,
		},
		"the whole repository": {[]string{dev + "/*:1.0", prod}, []string{
			"team/app:1.0", "team/app/tools:1.0",
			"team/app2:1.0", "other/app:1.0",
		}, false},
		"another image": {
			[]string{dev + "/team/app:1.*", prod + "/released/app"},
			[]string{"released/app:1.0", "released/app:1.1-rc1"},
			false,
		},
		"another image and tag": {
			[]string{dev + "/team/app:1.0", prod + "/released/app:stable"},
			[]string{"released/app:stable"},
			false,
		},
		"another tag": {
			[]string{dev + "/team/app*:1.0", prod + ":stable"},
			[]string{"team/app:stable", "team/app/tools:stable", "team/app2:stable"},
			false,
		},
		"below a path": {
			[]string{dev + "/*/app:1.0", prod + "/released/"},
			[]string{"released/team/app:1.0", "released/other/app:1.0"},
			false,
		},
		"placeholders in the tag": {[]string{dev + "/team/app:(*)-rc?", prod + ":{1}"}, []string{"team/app:1.1"}, false},
		"placeholders in the image": {
			[]string{dev + "/(*)/app:(1.0)", prod + "/{1}-app:v{2}"},
			[]string{"team-app:v1.0", "other-app:v1.0"},
			true,
		},
		"exclusions": {[]string{dev + "/team/app*", prod, "--exclusions", "*:latest;*/tools;" + dev +
			"/team/app2/*"}, []string{"team/app:1.0", "team/app:1.1-rc1"}, false},
		"exclusions by file": {[]string{
			dev + "/team/app", prod, "--exclusions",
			"*/latest/*;team/app/1.1*/list.manifest.json",
		}, []string{"team/app:1.0"}, false},
		"a limit": {
			[]string{dev + "/team/*:1.0", prod, "--limit", "2"},
			[]string{"team/app:1.0", "team/app/tools:1.0"},
			false,
		},
		"a limit from the other end": {[]string{
			dev + "/team/*:1.0", prod, "--limit", "1", "--sort-by", "path",
			"--sort-order", "desc",
		}, []string{"team/app2:1.0"}, false},
		"properties": {
			[]string{dev + "/*", prod, "--props", "tested=yes;stage=q*"},
			[]string{"team/app:1.0"},
			false,
		},
		"no properties": {
			[]string{dev + "/team/app", prod, "--exclude-props", "tested=yes"},
			[]string{"team/app:1.1-rc1", "team/app:latest"},
			false,
		},
		"several threads": {
			[]string{dev + "/team/app*:1.0", prod, "--threads", "8"},
			[]string{"team/app:1.0", "team/app/tools:1.0", "team/app2:1.0"},
			false,
		},
	} {
		commands := []string{"cp"}
		if c.move {
			commands = append(commands, "mv")
		}
		for _, command := range commands {
			t.Run(command+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				tags := fleet(w)
				w.server.PutProperties(dev, "team/app/1.0/list.manifest.json", map[string][]string{
					"tested": {"yes"},
					"stage":  {"qa"},
				})
				w.server.PutProperties(dev, "team/app2/1.0/list.manifest.json", map[string][]string{
					"tested": {"yes"},
					"stage":  {"dev"},
				})
				before := look(w.server)
				o := w.transfer(command, c.args...).ends(exitDone)
				assert.ElementsMatch(t, c.want, w.tagged(prod))
				assert.Len(t, o.result().Images, len(c.want))
				for _, i := range o.result().Images {
					assert.Equal(t, tags[i.Source.Image+":"+i.Source.Tag].String(), i.Source.Digest)
					w.whole(before, w.images.Image(dev, i.Source.Image), w.images.Image(prod, i.Target.Image), i.Target.Tag,
						digest.Digest(i.Source.Digest))
				}
				if command == "cp" {
					assert.ElementsMatch(t, before.under(dev), look(w.server).under(dev))
					w.transfer(command, c.args...).ends(exitDone).writesNothing()
					return
				}
				assert.Len(t, w.tagged(dev), len(tags)-len(c.want))
			})
		}
	}
}

// under lists everything of a repository.
func (v view) under(repo string) []string {
	var all []string
	for image, folders := range v {
		for name, d := range folders {
			if strings.HasPrefix(image, repo+"/") {
				all = append(all, fmt.Sprint(image, " ", name, " ", d))
			}
		}
	}
	return all
}

func TestSortByDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tag := range []string{"oldest", "middle", "newest"} {
		w.dev.Sign(w.dev.Single(tag, tag), "alice")
	}
	w.transfer("copy", dev+"/"+app, prod, "--sort-by", "created", "--sort-order", "desc", "--limit", "2").ends(exitDone)
	assert.ElementsMatch(t, []string{app + ":newest", app + ":middle"}, w.tagged(prod))
}

// Two images for one place are refused before anything is changed.
func TestCollisions(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"two images under one name": {dev + "/team/*:1.0", prod + "/app"},
		"two tags under one":        {dev + "/team/app", prod + ":stable"},
		"placeholders":              {dev + "/(*)/app:*", prod + "/{1}:stable"},
		"onto itself":               {dev + "/team/app:1.*", dev},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			fleet(w)
			o := w.transfer("move", args...).ends(exitRefused).changesNothing()
			assert.Equal(t, "refused", string(o.result().Status))
			assert.Contains(t, o.stderr, "go")
			w.transfer("copy", append(args, "--plan-file", filepath.Join(w.home, "plan.json"))...).ends(exitRefused)
			assert.NoFileExists(t, filepath.Join(w.home, "plan.json"))
		})
	}
}

func TestPatternsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fleet(w)
	for _, args := range [][]string{
		{dev, prod},
		{dev + "/", prod},
		{"docker-*/app", prod},
		{dev + "/team/app:", prod},
		{dev + "/team/app@sha256:00", prod},
		{dev + "/team/(app", prod},
		{dev + "/../*", prod},
		{dev + "/team/app:*", prod + ":"},
		{dev + "/team/app:*", prod + "/*"},
		{dev + "/team/app:*", prod + ":{1}"},
		{dev + "/team/app:*", "prod uction"},
		{dev + "/team/app"},
		{},
		{dev + "/team/app", prod, "--limit", "0"},
		{dev + "/team/app", prod, "--sort-by", "age"},
		{dev + "/team/app", prod, "--props", "tested"},
		{dev + "/team/app", prod, "--spec", "nowhere.json"},
		{"nowhere-local/team/*", prod},
		{"nowhere-local/team/app", prod},
		{dev + "/team/nothing", prod},
		{dev + "/team/app:1.0", "nowhere-local"},
		{dev + "/team/*", "nowhere-local"},
		{dev + "/team/app", "nowhere-local"},
	} {
		o := w.transfer("copy", args...).ends(exitFailed).changesNothing()
		assert.Equal(t, 1, o.errors(), "%v: %s", args, o.stderr)
	}
	o := w.transfer("copy", dev+"/nobody/*", prod).ends(exitDone).writesNothing()
	assert.Equal(t, "nothing-to-do", string(o.result().Status))
	assert.Contains(t, o.stderr, "No image matches "+dev+"/nobody/*.")
	o = w.transfer("copy", dev+"/team/app:nosuch*", prod).ends(exitDone).writesNothing()
	assert.Contains(t, o.stderr, "No image matches "+dev+"/team/app:nosuch*.")
	w.transfer("copy", dev+"/nobody/*", prod, "--fail-no-op").ends(exitNoOp)
}

// A search that fails, or that the server cut off, is never "no images".
func TestASearchThatFailsIsNotEmpty(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{
		"unknown query": 400, "forbidden": 403, "timeout": 408, "too many": 429,
		"broken": 500,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.AQLStatus = status }))
			fleet(w)
			w.transfer("copy", dev+"/team/*", prod, "--retries", "0").ends(exitFailed).changesNothing()
		})
	}
	w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.AQLHardLimit = 2 }))
	fleet(w)
	o := w.transfer("copy", dev+"/team/*", prod).ends(exitFailed).changesNothing()
	assert.Contains(t, o.stderr, "trimmed")
}

// One image that is refused keeps no other back; with --fail-fast nothing is begun after it.
func TestOneFailsTheOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tags := fleet(w)
	w.server.DeleteTag(dev, "other/app", fixture.SuffixTag("", tags["other/app:1.0"], "sig"))
	o := w.transfer("copy", dev+"/*:1.0", prod, "--threads", "1", "--fail-fast").ends(exitFailed)
	assert.Empty(t, w.tagged(prod), "other/app is the first")
	assert.Equal(t, 4, o.result().Totals.Failure)
	assert.Contains(t, o.stderr, "--fail-fast")
	o = w.transfer("copy", dev+"/*:1.0", prod).ends(exitFailed)
	assert.Equal(t, 1, o.result().Totals.Failure)
	assert.Equal(t, 3, o.result().Totals.Success)
	assert.Len(t, w.tagged(prod), 3)
	w.transfer("copy", dev+"/other/*:1.0", prod).ends(exitRefused).changesNothing()
}

// A move by pattern that was cut off at any delete is completed by the same command, though the tags are gone.
func TestInterruptedMoveByPattern(t *testing.T) {
	t.Parallel()
	for at, pattern := range []string{"/team/app*", "/team/app", "/team/app:1.*"} {
		for n := 1 + at; n <= 7; n += 3 {
			w := newWorld(t)
			fleet(w)
			before := look(w.server)
			w.server.AddFault(artifactory.Fault{
				Match:     artifactory.Match{Method: "DELETE", Nth: n, Count: 1000},
				CutBefore: true,
			})
			w.transfer("move", dev+pattern, prod, "--retries", "0").ends(exitFailed)
			w.server.ClearFaults()
			w.transfer("move", dev+pattern, prod).ends(exitDone)
			for image, folders := range before {
				for tag, d := range folders {
					if moved := strings.HasPrefix(image, dev+"/team/app") && isImageTag(tag) && (pattern == "/team/app*" ||
						image == w.dev.String() && (pattern == "/team/app" || tag != "latest")); moved {
						name := strings.TrimPrefix(image, dev+"/")
						w.whole(before, w.images.Image(dev, name), w.images.Image(prod, name), tag, d)
						assert.NotContains(t, look(w.server)[image], tag)
						assert.NotContains(t, look(w.server)[image], fixture.SuffixTag("", d, "sig"), "%s after %d deletes", pattern, n-1)
					}
				}
			}
		}
	}
}

// A plan for many images, written and applied.
func TestPlanByPattern(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fleet(w)
	before := look(w.server)
	path := w.plan("move", dev+"/team/*:1.0", prod+"/released/")
	w.apply(path).ends(exitDone)
	assert.ElementsMatch(t, []string{"released/team/app:1.0", "released/team/app/tools:1.0", "released/team/app2:1.0"},
		w.tagged(prod))
	for _, name := range []string{app, "team/app2", "team/app/tools"} {
		w.whole(before, w.images.Image(dev, name), w.images.Image(prod, "released/"+name), "1.0", before[dev+"/"+name]["1.0"])
	}
	w.apply(path).ends(exitDone).writesNothing()
}

// A file spec selects the images that own what its patterns match, and puts them where jf would put them.
func TestFileSpecs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spec, vars string
		want       []string
	}{
		"a folder":          {`{"files":[{"pattern":"%[1]s/team/app/1.0/*","target":"%[2]s/"}]}`, "", []string{"team/app:1.0"}},
		"one file":          {`{"files":[{"pattern":"%[1]s/team/app/1.0/list.manifest.json","target":"%[2]s/x/y/","flat":"true"}]}`, "", []string{"x:y"}},
		"flat":              {`{"files":[{"pattern":"%[1]s/team/app/1.0/*","target":"%[2]s/released/app/stable/","flat":"true"}]}`, "", []string{"released/app:stable"}},
		"below a path":      {`{"files":[{"pattern":"%[1]s/other/*","target":"%[2]s/from/"}]}`, "", []string{"from/other/app:1.0", "from/other/app:1.1-rc1", "from/other/app:latest"}},
		"placeholders":      {`{"files":[{"pattern":"%[1]s/(*)/app/1.0/(*)","target":"%[2]s/{1}-app/v1/{2}"}]}`, "", []string{"team-app:v1", "other-app:v1"}},
		"variables":         {`{"files":[{"pattern":"%[1]s/team/app/${version}/*","target":"%[2]s/"}]}`, "version=latest", []string{"team/app:latest"}},
		"several groups":    {`{"files":[{"pattern":"%[1]s/team/app/1.0/*","target":"%[2]s/"},{"pattern":"%[1]s/team/app2/1.0/*","target":"%[2]s/"}]}`, "", []string{"team/app:1.0", "team/app2:1.0"}},
		"one image twice":   {`{"files":[{"pattern":"%[1]s/team/app/1.0/*","target":"%[2]s/"},{"pattern":"%[1]s/team/app/1.*","target":"%[2]s/"}]}`, "", []string{"team/app:1.0", "team/app:1.1-rc1"}},
		"exclusions":        {`{"files":[{"pattern":"%[1]s/other/*","exclusions":["*/1.1*/*","*/latest/*"],"target":"%[2]s/"}]}`, "", []string{"other/app:1.0"}},
		"properties":        {`{"files":[{"pattern":"%[1]s/*","props":"tested=yes","target":"%[2]s/"}]}`, "", []string{"team/app:1.0"}},
		"aql":               {`{"files":[{"aql":{"items.find":{"repo":"%[1]s","path":{"$match":"*/app/1.0"}}},"target":"%[2]s/"}]}`, "", []string{"team/app:1.0", "other/app:1.0"}},
		"files of no image": {`{"files":[{"pattern":"%[1]s/team/app/*","exclusions":["*/latest/*","*/tools/*"],"target":"%[2]s/"}]}`, "", []string{"team/app:1.0", "team/app:1.1-rc1"}},
		"layers alone":      {`{"files":[{"pattern":"%[1]s/plain/1.0/sha256__*","target":"%[2]s/"}]}`, "", []string{"plain:1.0"}},
		"folders, too":      {`{"files":[{"aql":{"items.find":{"repo":"%[1]s","type":"any","path":{"$match":"team/app2*"}}},"target":"%[2]s/"}]}`, "", []string{"team/app2:1.0", "team/app2:1.1-rc1", "team/app2:latest"}},
		"attachments only":  {`{"files":[{"pattern":"%[1]s/team/app/sha256*","target":"%[2]s/"}]}`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			fleet(w)
			w.server.PutProperties(dev, "team/app/1.0/list.manifest.json", map[string][]string{"tested": {"yes"}})
			plain := w.images.Image(dev, "plain")
			plain.Sign(plain.Single("1.0", "plain"), "alice")
			before := look(w.server)
			path := filepath.Join(w.home, "spec.json")
			require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, c.spec, dev, prod), 0o600))
			args := []string{"--spec", path}
			if c.vars != "" {
				args = append(args, "--spec-vars", c.vars)
			}
			o := w.transfer("copy", args...).ends(exitDone)
			assert.ElementsMatch(t, c.want, w.tagged(prod))
			for _, i := range o.result().Images {
				w.whole(before, w.images.Image(dev, i.Source.Image), w.images.Image(prod, i.Target.Image), i.Target.Tag,
					digest.Digest(i.Source.Digest))
			}
		})
	}
}

func TestFileSpecsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fleet(w)
	path := filepath.Join(w.home, "spec.json")
	for _, spec := range []string{
		`{`,
		`{"files":[]}`,
		`{"files":[{"pattern":"` + dev + `/team/app/*"}]}`,
		`{"files":[{"build":"app/1","target":"` + prod + `/"}]}`,
		`{"files":[{"pattern":"` + dev + `/team/app/1.0/*","target":"` + prod + `/x"}]}`,
		`{"files":[{"pattern":"` + dev + `/team/app/1.0/*","target":"` + prod + `/x/","flat":"perhaps"}]}`,
	} {
		require.NoError(t, os.WriteFile(path, []byte(spec), 0o600))
		o := w.transfer("copy", "--spec", path).ends(exitFailed).changesNothing()
		assert.Equal(t, 1, o.errors(), "%s: %s", spec, o.stderr)
	}
	require.NoError(t, os.WriteFile(path, []byte(`{"files":[{"pattern":"`+dev+`/team/app/*","target":"`+prod+`/one/tag/","flat":"true"}]}`), 0o600))
	w.transfer("copy", "--spec", path).ends(exitRefused).changesNothing()
	w.transfer("copy", "--spec", path, dev+"/team/app", prod).ends(exitFailed)
	w.transfer("copy", "--spec", path, "--limit", "3").ends(exitFailed)
}
