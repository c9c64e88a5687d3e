package scenario

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// One failure of many keeps nobody back: all others arrive, the report names the failed ones, and a rerun finishes.
func TestManyImages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// What holds after every single change is checked by the other tests; here it would take very long.
	w.byOthers(func() { many(t, w, 500) })
}

func many(t *testing.T, w *world, total int) {
	t.Helper()
	roots := map[string]digest.Digest{}
	broken := map[string]bool{}
	for n := range total {
		name := fmt.Sprintf("fleet/app-%03d", n)
		image := w.images.Image(dev, name)
		roots[name] = image.Single("1.0", name)
		image.Sign(roots[name], "alice")
		if n%100 == 42 {
			broken[name] = true
			// Either its signatures cannot be read, or the target cannot be written.
			place := []string{dev + "/v2/" + name + "/manifests/sha256", "(to=%2F|/)" + prod + "(%2F|/|/v2/)" +
				strings.ReplaceAll(name, "/", "(%2F|/)")}[n/100%2]
			w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Path: place}, Status: 503})
		}
	}
	require.NotEmpty(t, broken)
	args := []string{
		"copy", dev + "/fleet/*", prod, "--threads", "8", "--retries", "1", "--retry-wait-time", "1ms",
		"--format", "json",
	}
	o := w.run(args...).ends(exitFailed)
	result := o.result()
	assert.Equal(t, len(broken), result.Totals.Failure)
	assert.Equal(t, total-len(broken), result.Totals.Success)
	now := look(w.server)
	for _, i := range result.Images {
		assert.Equal(t, broken[i.Source.Image], i.Error != nil, i.Source.Image)
		assert.Equal(t, !broken[i.Source.Image], now[prod+"/"+i.Source.Image]["1.0"] == roots[i.Source.Image], i.Source.Image)
		if i.Error != nil {
			assert.Contains(t, o.stderr, i.Source.Image, "the report names it")
		}
	}
	perImage := float64(len(o.log)) / float64(total)
	t.Logf("%d images, %d requests, %.1f for each", total, len(o.log), perImage)

	w.server.ClearFaults()
	again := w.run(args...).ends(exitDone)
	promoted := 0
	for _, i := range again.result().Images {
		if i.Outcome == "promoted" {
			promoted++
			assert.True(t, broken[i.Source.Image])
		}
	}
	assert.Equal(t, len(broken), promoted)
	now = look(w.server)
	for name, root := range roots {
		assert.Equal(t, root, now[prod+"/"+name]["1.0"], name)
		assert.Equal(t, now[dev+"/"+name], now[prod+"/"+name], name)
	}
}
