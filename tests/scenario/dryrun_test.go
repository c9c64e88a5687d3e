package scenario

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/report"
)

// A dry run names every step that the run then takes, and writes nothing: neither at the server nor to the
// configuration.
func TestDryRun(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"copy":           {ref(app, "1.0"), dev, prod, "--copy"},
		"move":           {ref(app, "1.0"), dev, prod},
		"retag":          {ref(app, "1.0"), dev, dev, "--target-tag", "2.0"},
		"rename":         {ref(app, "1.0"), dev, prod, "--target-docker-image", "other"},
		"copy every tag": {app, dev, prod, "--copy"},
		"move every tag": {app, dev, prod, "--threads", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			newCrowd(w)
			before, path := look(w.server), w.configure(user, password, "")
			configuration, err := os.ReadFile(path)
			require.NoError(t, err)
			run := append([]string{"promote", "--format", "json"}, args...)
			planned := w.runAs(append(run, "--dry-run")...).ends(exitDone).writesNothing().result()
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(configuration), string(after))
			assert.Equal(t, before, look(w.server))
			assert.True(t, planned.DryRun)

			done := w.runAs(run...).ends(exitDone).result()
			require.Len(t, done.Images, len(planned.Images))
			for i := range done.Images {
				assert.Equal(t, "planned", planned.Images[i].Outcome)
				assert.Empty(t, unplanned(planned.Images, done.Images[i]))
			}
			assert.ElementsMatch(t, carriedOut(done.Images), carriedOut(planned.Images))
		})
	}
}

// carriedOut lists every step of all images once, by action and path: tags that are promoted together share
// attachments, and only the first of them carries those.
func carriedOut(images []report.Image) []string {
	seen := map[string]bool{}
	var all []string
	for _, i := range images {
		for _, s := range i.Steps {
			if step := s.Action + " " + s.Path + " " + s.Digest; s.Outcome != "kept" && !seen[step] {
				seen[step] = true
				all = append(all, step)
			}
		}
	}
	return all
}

// unplanned returns the steps of an image that the plan of no image has.
func unplanned(plans []report.Image, done report.Image) []string {
	planned := carriedOut(plans)
	return without(carriedOut([]report.Image{done}), planned...)
}

// A dry run shows a refusal, too.
func TestDryRunOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Single("1.0", "v1")
	o := w.promote(ref(app, "1.0"), dev, prod, "--dry-run").ends(exitRefused).writesNothing()
	assert.Equal(t, "refused", o.image().Outcome)
}
