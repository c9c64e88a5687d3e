package inventory

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// What cannot be read keeps all that is beside it, and fails the run, which goes on elsewhere.
func TestPruneNamesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]func(app fixture.Image, s *artifactory.Server) (digest string){
		"a suffix tag": func(app fixture.Image, s *artifactory.Server) string {
			d := app.Single("1.0", "1.0")
			record := app.Sign(d, "alice")
			s.DeleteTag(app.Repo, app.Name, "1.0")
			return record.String()
		},
		"a referrer": func(app fixture.Image, s *artifactory.Server) string {
			bundle := app.Bundle(app.Single("1.0", "1.0"), signing, "alice")
			s.DeleteTag(app.Repo, app.Name, "1.0")
			return bundle.String()
		},
		"an index beside an orphan": func(app fixture.Image, s *artifactory.Server) string {
			gone(s, app, "1.0")
			return app.Platforms("2.0", "2.0", "linux/amd64", "linux/arm64").Digest.String()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			app, job := fixture.New(s).Image(prod, "team/app"), fixture.New(s).Image(prod, "team/job")
			for _, i := range []fixture.Image{app, job} {
				i.Sign(i.Single("other", "other"), "bob")
			}
			elsewhere := gone(s, job, "1.0")
			digest := store(app, s)
			before := filesBelow(s, app.String())
			s.AddFault(artifactory.Fault{
				Match:  artifactory.Match{Method: http.MethodGet, Path: "team/app/manifests/" + digest},
				Status: http.StatusServiceUnavailable,
			})
			for _, args := range [][]string{{"--dry-run"}, {"--quiet"}} {
				r, o := prune(t, s, append(args, "--retries", "0")...)
				assert.Equal(t, 1, o.code, o.stdout)
				require.NotNil(t, r.Error)
				assert.Contains(t, r.Error.Message, digest)
				assert.Contains(t, o.stderr, digest)
				assert.Equal(t, 1, r.Totals.Planned+r.Totals.Removed, "the other image path")
				assert.Equal(t, before, filesBelow(s, app.String()))
			}
			assert.Empty(t, filesBelow(s, elsewhere))
			s.ClearFaults()
			_, o := prune(t, s, "--quiet")
			assert.Equal(t, 0, o.code, o.stderr)
		})
	}
}
