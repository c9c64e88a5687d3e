package scenario

import (
	"testing"

	clientgo "github.com/jfrog/jfrog-client-go/artifactory"
	"github.com/jfrog/jfrog-client-go/artifactory/services"
	"github.com/jfrog/jfrog-client-go/artifactory/services/utils"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parity is a command of jf and the same arguments for this plugin.
type parity struct {
	args []string
	// jfrog makes the calls that jf makes, with JFrog's own client.
	jfrog func(clientgo.ArtifactoryServicesManager) error
}

func dockerPromote(change func(*services.DockerPromoteParams)) func(clientgo.ArtifactoryServicesManager) error {
	return func(m clientgo.ArtifactoryServicesManager) error {
		params := services.NewDockerPromoteParams(app, dev, prod)
		change(&params)
		return m.PromoteDocker(params)
	}
}

func copyOrMove(move bool, pattern, target string, flat bool) func(clientgo.ArtifactoryServicesManager) error {
	return func(m clientgo.ArtifactoryServicesManager) error {
		params := services.NewMoveCopyParams()
		params.CommonParams = &utils.CommonParams{Pattern: pattern, Target: target, Recursive: true}
		params.Flat = flat
		call := m.Copy
		if move {
			call = m.Move
		}
		_, _, err := call(params)
		return err
	}
}

func promoteBuild(change func(*services.PromotionParams)) func(clientgo.ArtifactoryServicesManager) error {
	return func(m clientgo.ArtifactoryServicesManager) error {
		params := services.NewPromotionParams()
		params.BuildName, params.BuildNumber, params.TargetRepo, params.FailFast = buildName, buildNumber, prod, true
		change(&params)
		return m.PromoteBuild(params)
	}
}

func parities() map[string]parity {
	return map[string]parity{
		"docker-promote": {
			[]string{"docker-promote", ref(app, "1.0"), dev, prod},
			dockerPromote(func(p *services.DockerPromoteParams) { p.SourceTag = "1.0" }),
		},
		"docker-promote --copy": {
			[]string{"dpr", app, dev, prod, "--source-tag", "1.0", "--copy"},
			dockerPromote(func(p *services.DockerPromoteParams) {
				p.SourceTag, p.Copy = "1.0", true
			}),
		},
		"docker-promote to another tag and image": {
			[]string{
				"dpr", app, dev, prod, "--source-tag", "1.0", "--target-tag", "stable", "--target-docker-image",
				"released/app", "--copy",
			},
			dockerPromote(func(p *services.DockerPromoteParams) {
				p.SourceTag, p.TargetTag, p.TargetDockerImage, p.Copy = "1.0", "stable", "released/app", true
			}),
		},
		"docker-promote of an index": {
			[]string{"dpr", ref(app, "2.0"), dev, prod},
			dockerPromote(func(p *services.DockerPromoteParams) { p.SourceTag = "2.0" }),
		},
		"docker-promote of every tag": {
			[]string{"dpr", app, dev, prod},
			dockerPromote(func(*services.DockerPromoteParams) {}),
		},
		"docker-promote onto another tag": {[]string{
			"dpr", app, dev, prod, "--source-tag", "1.0", "--target-tag", "old",
			"--copy",
		}, dockerPromote(func(p *services.DockerPromoteParams) {
			p.SourceTag, p.TargetTag, p.Copy = "1.0", "old",
				true
		})},
		"copy of a tag": {
			[]string{"copy", dev + "/" + ref(app, "1.0"), prod},
			copyOrMove(false, dev+"/team/app/1.0/*", prod+"/", false),
		},
		"copy of an image": {
			[]string{"cp", dev + "/" + app, prod},
			copyOrMove(false, dev+"/team/app/*", prod+"/", false),
		},
		"copy by pattern": {
			[]string{"cp", dev + "/*:1.*", prod},
			copyOrMove(false, dev+"/*/1.*", prod+"/", false),
		},
		"move of a tag": {
			[]string{"move", dev + "/" + ref(app, "1.0"), prod},
			copyOrMove(true, dev+"/team/app/1.0/*", prod+"/", false),
		},
		"move of an image": {
			[]string{"mv", dev + "/" + app, prod},
			copyOrMove(true, dev+"/team/app/*", prod+"/", false),
		},
		"build-promote --copy": {[]string{
			"build-promote", buildName, buildNumber, prod, "--copy", "--status", "Released",
			"--comment", "c", "--props", "a=1,2;b=3",
		}, promoteBuild(func(p *services.PromotionParams) {
			p.Copy, p.Status, p.Comment, p.Properties = true, "Released", "c", "a=1,2;b=3"
		})},
		"build-promote": {[]string{
			"bpr", buildName, buildNumber, prod, "--source-repo", dev, "--include-dependencies",
			"--fail-fast=false",
		}, promoteBuild(func(p *services.PromotionParams) {
			p.SourceRepo, p.IncludeDependencies, p.FailFast = dev, true, false
		})},
		"build-promote of a project": {
			[]string{"bpr", buildName, buildNumber, prod, "--project", "proj"},
			promoteBuild(func(p *services.PromotionParams) { p.ProjectKey = "proj" }),
		},
	}
}

// without attachments the end is the same, file by file and property by property, as that of jf's own calls.
func TestParityWithJFrog(t *testing.T) {
	t.Parallel()
	for name, c := range parities() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theirs, ours := bareWorld(t), bareWorld(t)
			theirs.byOthers(func() { require.NoError(t, c.jfrog(theirs.jfrog())) })
			ours.run(append(c.args, "--allow-unsigned", "--format", "json")...).ends(exitDone)
			assert.Equal(t, theirs.server.Snapshot(), ours.server.Snapshot())
			assert.Equal(t, ofFiles(theirs), ofFiles(ours))
			for _, project := range []string{"", "proj"} {
				assert.Equal(t, statusesOf(t, theirs, project), statusesOf(t, ours, project))
			}
		})
	}
}

// bareWorld has images without attachments and without anything that no tag needs, which jf's whole-image calls take
// and this plugin leaves, and a build of one of them, also in a project.
func bareWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.dev.Single("1.0", "v1")
	w.server.PutProperties(dev, app+"/1.0/manifest.json", map[string][]string{"team": {"blue"}})
	w.dev.Platforms("2.0", "v2", "linux/amd64", "linux/arm64")
	w.images.Image(dev, "other/app").Single("1.5", "other")
	w.prod.Single("old", "former")
	m := w.built(w.dev, "1.0")
	w.publish("", m)
	w.publish("proj", m)
	return w
}

// ofFiles leaves out the properties of folders, which nobody reads.
func ofFiles(w *world) map[string]map[string][]string {
	files, properties := w.server.Snapshot(), w.server.SnapshotProperties()
	for path := range properties {
		if _, isFile := files[path]; !isFile {
			delete(properties, path)
		}
	}
	return properties
}

func statusesOf(t *testing.T, w *world, project string) []map[string]string {
	t.Helper()
	var all []map[string]string
	decode(t, encode(w.server.Build(project, buildName, buildNumber)["statuses"]), &all)
	for _, s := range all {
		delete(s, "timestamp")
	}
	return all
}
