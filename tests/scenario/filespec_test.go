package scenario

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/common/spec"
	clientgo "github.com/jfrog/jfrog-client-go/artifactory"
	"github.com/jfrog/jfrog-client-go/artifactory/auth"
	"github.com/jfrog/jfrog-client-go/artifactory/services"
	"github.com/jfrog/jfrog-client-go/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// jfrog is JFrog's own client, which jf rt uses.
func (w *world) jfrog() clientgo.ArtifactoryServicesManager {
	w.t.Helper()
	details := auth.NewArtifactoryDetails()
	details.SetUrl(w.server.URL())
	details.SetUser(user)
	details.SetPassword(password)
	c, err := config.NewConfigBuilder().SetServiceDetails(details).SetHttpRetries(0).SetThreads(1).Build()
	require.NoError(w.t, err)
	m, err := clientgo.New(c)
	require.NoError(w.t, err)
	return m
}

// jfrogCopies does what `jf rt copy --spec` does.
func (w *world) jfrogCopies(path string) {
	w.t.Helper()
	files, err := spec.CreateSpecFromFile(path, nil)
	require.NoError(w.t, err)
	require.NoError(w.t, spec.ValidateSpec(files.Files, true, true))
	for i := range files.Files {
		params := services.NewMoveCopyParams()
		params.CommonParams, err = files.Get(i).ToCommonParams()
		require.NoError(w.t, err)
		params.Recursive, err = files.Get(i).IsRecursive(true)
		require.NoError(w.t, err)
		params.Flat, err = files.Get(i).IsFlat(false)
		require.NoError(w.t, err)
		w.byOthers(func() {
			_, failed, err := w.jfrog().Copy(params)
			require.NoError(w.t, err)
			require.Zero(w.t, failed)
		})
	}
}

// fileSpec runs file-spec and keeps what it prints.
func (w *world) fileSpec(args ...string) (path string, groups []map[string]any) {
	w.t.Helper()
	o := w.run(append([]string{"file-spec"}, args...)...).ends(exitDone).writesNothing()
	validateWith(w.t, []byte(o.stdout), "file-spec.schema.json")
	var document struct {
		Files []map[string]any `json:"files"`
	}
	require.NoError(w.t, json.Unmarshal([]byte(o.stdout), &document))
	path = filepath.Join(w.home, "spec.json")
	require.NoError(w.t, os.WriteFile(path, []byte(o.stdout), 0o600))
	return path, document.Files
}

// What JFrog's client copies by the spec is the image with all that is attached to it.
func TestFileSpecForCopy(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"patterns": nil, "aql": {"--aql"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOnPushAndCopy }))
			root := deep(w)
			w.dev.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "alice")
			w.dev.Notation(root, "alice")
			w.dev.Single("2.0", "another image")
			before := look(w.server)
			path, groups := w.fileSpec(append([]string{dev + "/" + ref(app, "1.0"), "--target", prod}, args...)...)
			if name == "aql" {
				assert.Len(t, groups, 1)
			}
			w.jfrogCopies(path)
			w.whole(before, w.dev, w.prod, "1.0", root)
			assert.NotContains(t, look(w.server)[w.prod.String()], "2.0")
			assert.Len(t, look(w.server)[w.prod.String()], len(before[w.dev.String()])-1, "everything but the other image")
			o := w.status(dev+"/"+ref(app, "1.0"), "--target-repo", prod).ends(exitDone)
			assert.Equal(t, "success", string(o.state().Status))
		})
	}
}

// A registry that is not told of what is copied does not list it: status says so, and a promotion mends it.
func TestFileSpecLeavesReferrersUnlisted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.dev.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "alice")
	o := w.run("file-spec", dev+"/"+ref(app, "1.0"), "--target", prod).ends(exitDone)
	assert.Contains(t, o.stderr, "may not list them")
	path, _ := w.fileSpec(dev+"/"+ref(app, "1.0"), "--target", prod)
	w.jfrogCopies(path)
	w.status(dev+"/"+ref(app, "1.0"), "--target-repo", prod).ends(exitFindings)
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	w.status(dev+"/"+ref(app, "1.0"), "--target-repo", prod).ends(exitDone)
}

// For a release bundle the spec names every file, and no other.
func TestFileSpecForReleaseBundles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := deep(w)
	w.dev.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "alice")
	w.dev.Notation(root, "alice")
	other := w.images.Image(dev, "team/other")
	other.Sign(other.Single("2.0", "other"), "alice")
	_, groups := w.fileSpec(dev+"/"+ref(app, "1.0"), dev+"/team/other")
	var folders []string
	for _, g := range groups {
		assert.NotContains(t, g, "target")
		folders = append(folders, strings.TrimSuffix(g["pattern"].(string), "/*"))
	}
	var want []string
	for image, names := range look(w.server) {
		for name := range names {
			want = append(want, image+"/"+name)
		}
	}
	assert.ElementsMatch(t, want, folders)
	assert.Contains(t, folders, dev+"/"+app+"/"+fixture.SuffixTag("", root, "sig"))
	_, groups = w.fileSpec(dev+"/"+ref(app, "1.0"), dev+"/team/other", "--aql")
	assert.Len(t, groups, 1)
}

// Searches stay below the length that servers accept, however much there is.
func TestFileSpecOfVeryMuch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 60 {
		d := w.dev.Single(fmt.Sprintf("1.%d", n), fmt.Sprint(n))
		w.dev.Sign(d, "alice")
	}
	path, groups := w.fileSpec(dev+"/"+app, "--aql", "--target", prod)
	assert.Greater(t, len(groups), 1)
	for _, g := range groups {
		assert.Less(t, len(encode(g)), 5900)
	}
	w.jfrogCopies(path)
	assert.Equal(t, len(look(w.server)[w.dev.String()]), len(look(w.server)[w.prod.String()]))
	// The same file is one for this plugin, too.
	w.transfer("copy", "--spec", path).ends(exitDone).writesNothing()
}

// Children that are kept as tags only, and attachments in another place, are listed where they are.
func TestFileSpecOfOddPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	amd := w.dev.Single("1.0-amd64", "v1")
	index := w.dev.Join("1.0", amd)
	sigs := w.images.Image(dev, "signatures/app")
	sigs.Sign(index.Digest, "alice")
	_, groups := w.fileSpec(dev+"/"+ref(app, "1.0"), "--attachment-repo", dev+"/signatures/app="+prod+"/sigs", "--target",
		prod)
	targets := map[string]string{}
	for _, g := range groups {
		targets[g["pattern"].(string)] = g["target"].(string)
	}
	tag := fixture.SuffixTag("", index.Digest, "sig")
	assert.Equal(t, map[string]string{
		dev + "/team/app/1.0/*":               prod + "/team/app/1.0/",
		dev + "/team/app/1.0-amd64/*":         prod + "/team/app/1.0-amd64/",
		dev + "/signatures/app/" + tag + "/*": prod + "/sigs/" + tag + "/",
	}, targets)
	path, _ := w.fileSpec(dev+"/"+ref(app, "1.0"), "--attachment-repo", dev+"/signatures/app="+prod+"/sigs", "--target",
		prod, "--aql")
	w.jfrogCopies(path)
	assert.Contains(t, look(w.server)[prod+"/sigs"], tag)
}

func TestFileSpecFailsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := signedIndex(w)
	w.server.AddFault(artifactory.Fault{
		Match:  artifactory.Match{Path: "manifests/" + fixture.SuffixTag("", root, "sig")},
		Status: 500,
	})
	o := w.run("file-spec", dev+"/"+ref(app, "1.0"), "--retries", "0").ends(exitFailed)
	assert.Empty(t, o.stdout)
	w.server.ClearFaults()
	for _, args := range [][]string{
		{dev + "/nothing:1.0"},
		{dev + "/" + ref(app, "9.9")},
		{dev + "/" + app + "@" + root.String()},
		{"nowhere/app:1"},
		{dev + "/" + ref(app, "1.0"), "--target", "no repo"},
	} {
		o := w.run(append([]string{"file-spec"}, args...)...).ends(exitFailed)
		assert.Empty(t, o.stdout)
	}
}
