package scenario

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// The tags of signatures count as tags: every command that adds some warns before the repository begins to delete.
func TestTooManyTags(t *testing.T) {
	t.Parallel()
	const warning = "maxUniqueTags"
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	w.dev.Attest(root, "https://slsa.dev/provenance/v1")
	for limit, warns := range map[int]bool{0: false, 2: true, 3: false} {
		w.server.AddRepository(artifactory.Repository{Key: prod, MaxUniqueTags: limit})
		for _, args := range [][]string{
			{"promote", ref(app, "1.0"), dev, prod, "--copy"}, {"copy", dev + "/" + ref(app, "1.0"), prod}, {"move", dev +
				"/team/*", prod}, {"promote", ref(app, "1.0"), dev, prod, "--pin"},
		} {
			o := w.run(append(args, "--format", "json", "--dry-run")...).ends(exitDone)
			assert.Equal(t, warns, strings.Contains(strings.Join(o.image().Warnings, "\n"), warning), "%v with a limit of %d",
				args, limit)
			assert.Equal(t, warns, strings.Contains(o.stderr, warning))
		}
	}
	w.server.AddRepository(artifactory.Repository{Key: prod, MaxUniqueTags: 2})
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	o := w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone).writesNothing()
	assert.NotContains(t, o.stderr, warning, "nothing is added")

	b, _, _ := builtWorld(t)
	b.server.AddRepository(artifactory.Repository{Key: prod, MaxUniqueTags: 2})
	assert.Contains(t, b.buildPromote(buildName, buildNumber, prod, "--dry-run").ends(exitDone).stderr, warning)
}
