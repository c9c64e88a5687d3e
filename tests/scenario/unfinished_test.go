package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// A move by placeholders or by a file spec that was cut off between any two of its deletes is completed by the same
// command, though no tag of the image is left that the pattern means.
func TestInterruptedMoveWithOtherNames(t *testing.T) {
	t.Parallel()
	spec := func(pattern, target string) func(w *world) []string {
		return func(w *world) []string {
			path := filepath.Join(w.home, "spec.json")
			text := fmt.Sprintf(`{"files": [{"pattern": %q, "target": %q}]}`, pattern, target)
			require.NoError(w.t, os.WriteFile(path, []byte(text), 0o600))
			return []string{"--spec", path}
		}
	}
	args := func(all ...string) func(w *world) []string { return func(*world) []string { return all } }
	for name, c := range map[string]struct {
		args       func(w *world) []string
		image, tag string
	}{
		"a tag from placeholders":    {args(dev+"/team/app:(*)", prod+":{1}-rel"), app, "1.0-rel"},
		"part of a tag":              {args(dev+"/(team)/app:(1).(0)", prod+"/{1}/app:v{2}-{3}"), app, "v1-0"},
		"an image from placeholders": {args(dev+"/team/(*)", prod+"/released/{1}"), "released/app", "1.0"},
		"both": {
			args(dev+"/team/(*):(1*)", prod+"/released/{1}:{2}-rel"), "released/app",
			"1.0-rel",
		},
		"a pattern of tags":              {args(dev+"/team/*:1.*", prod), app, "1.0"},
		"a file spec":                    {spec(dev+"/team/*", prod+"/"), app, "1.0"},
		"a file spec of a tag":           {spec(dev+"/team/app/1.0/*", prod+"/"), app, "1.0"},
		"a file spec with placeholders":  {spec(dev+"/(team)/app/(*)/*", prod+"/{1}/released/{2}/"), "team/released", "1.0"},
		"a file spec of manifests alone": {spec(dev+"/team/app/*/*manifest.json", prod+"/"), app, "1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const deletes = 4 // the tag, a platform, two signatures
			for n := 2; n <= deletes; n++ {
				w := newWorld(t)
				index := w.dev.Platforms("1.0", "v1", "linux/amd64")
				w.dev.Sign(index.Digest, "alice")
				w.dev.Sign(index.Children[0], "alice")
				before := look(w.server)
				// The nth delete and all that follows it is cut before it is carried out.
				w.server.AddFault(artifactory.Fault{
					Match:     artifactory.Match{Method: "DELETE", Nth: n, Count: 1000},
					CutBefore: true,
				})
				w.transfer("move", append(c.args(w), "--retries", "0")...).ends(exitFailed)
				w.server.ClearFaults()
				o := w.transfer("move", c.args(w)...).ends(exitDone)
				w.whole(before, w.dev, w.images.Image(prod, c.image), c.tag, index.Digest)
				assert.Empty(t, look(w.server).names(w.dev), "the first %d deletes were carried out", n-1)
				assert.Equal(t, "promoted", o.image().Outcome)
			}
		})
	}
}
