package scenario

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// byName are the commands that take the name of one image.
func byName(w *world, image string) [][]string {
	named := dev + "/" + image
	return [][]string{
		{"promote", image, dev, prod, "--copy"},
		{"promote", image, dev, prod},
		{"promote", image, dev, prod, "--dry-run"},
		{"copy", named, prod},
		{"move", named, prod},
		{"status", named},
		{"status", named, "--target-repo", prod},
		{"file-spec", named},
		{"verify", named, "--key", w.holder("alice").pub, "--insecure-ignore-tlog"},
	}
}

// A name that is no image is not "nothing to do". A slash that stands for a colon, as in Artifactory's paths, is told.
func TestNamesThatAreNoImage(t *testing.T) {
	t.Parallel()
	for image, hint := range map[string]string{
		app + "/1.0": "did you mean " + app + ":1.0?", "team": "Below it there is " + app, "team/nowhere": "Check the name", app + "/9.9": "Check the name",
	} {
		t.Run(image, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
			// An image of the same name at the target is another one.
			w.prod.Sign(w.prod.Single("1.0", "v0"), "alice")
			for _, args := range byName(w, image) {
				o := w.run(args...)
				assert.Equal(t, exitFailed, o.code, "%v\n%s\n%s", args, o.stdout, o.stderr)
				assert.Contains(t, o.stderr, "there is no image "+dev+"/"+image, "%v", args)
				if args[0] != "verify" && !strings.HasPrefix(hint, "Check") || strings.HasPrefix(hint, "did") {
					assert.Contains(t, o.stderr, hint, "%v", args)
				}
				o.changesNothing()
			}
		})
	}
}

// What is left of an image is one, and a move that was carried out has nothing left to do.
func TestAMoveOfAllTagsThatIsDone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"promote", app, dev, prod}, {"move", dev + "/" + app, prod}} {
		w := newWorld(t)
		w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
		nested := w.images.Image(dev, app+"/tools")
		nested.Sign(nested.Single("1.0", "tool"), "alice")
		w.run(args...).ends(exitDone)
		w.run(args...).ends(exitDone).writesNothing()
	}
}

// A URL at which there is no Artifactory, such as that of the platform, is told as such, with the one that is meant if
// Artifactory is there.
func TestAURLWithoutArtifactory(t *testing.T) {
	t.Parallel()
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/page") {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>Sign in</html>"))
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(pages.Close)
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	platform := strings.TrimSuffix(w.server.URL(), "artifactory/")
	for url, says := range map[string]string{
		platform: "did you mean " + w.server.URL() + "?", pages.URL: "which usually ends in /artifactory", pages.URL + "/page": "which usually ends in /artifactory",
		pages.URL + "/page/artifactory": "cannot be read",
	} {
		for _, args := range [][]string{
			{"promote", ref(app, "1.0"), dev, prod, "--copy"},
			{"status", dev + "/" + ref(app, "1.0")},
			{"copy", dev + "/team/*", prod},
			{"audit", dev},
			{"verify", dev + "/" + ref(app, "1.0"), "--key", w.holder("alice").pub, "--insecure-ignore-tlog"},
			{"file-spec", dev + "/" + app},
			{"repair", dev, "--source-repos", prod, "--dry-run"},
		} {
			o := w.runAs(append(args, "--url", url, "--user", w.user, "--password", w.password, "--retries", "1",
				"--retry-wait-time", "1ms")...)
			assert.Equal(t, exitFailed, o.code, "%v\n%s", args, o.stderr)
			assert.Contains(t, o.stderr, "there is no Artifactory at the URL", "%s %v", url, args)
			assert.Contains(t, o.stderr, says, "%s %v", url, args)
		}
	}
}

// One request that goes astray does not make it another server.
func TestAStrangeAnswerOfArtifactory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	f := artifactory.Strange404s()["html"]
	f.Match = artifactory.Match{Path: "/api/repositories/"}
	w.server.AddFault(f)
	o := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--retries", "1").ends(exitFailed)
	assert.NotContains(t, o.stderr, "there is no Artifactory")
	assert.Contains(t, o.stderr, "not by Artifactory")
}
