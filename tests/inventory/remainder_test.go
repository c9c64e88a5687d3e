package inventory

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// listedOrphans is an image path whose tag is gone, with everything that only a list leads to: entries of a fallback
// tag, one of them without a subject of its own, and the part of an attached index. It gives the folders of what is
// listed by those of the lists.
func listedOrphans(t *testing.T, options ...artifactory.Option) (s *artifactory.Server, listed map[string][]string) {
	t.Helper()
	s = start(t, append(options, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }))...)
	app := fixture.New(s).Image(prod, "team/app")
	app.Sign(app.Single("other", "other"), "bob")
	a, b := app.Single("1.0", "1.0"), app.Single("2.0", "2.0")
	entry := app.Subjectless(a, "alice")
	bundle := app.Bundle(a, signing, "alice")
	app.Fallback(a, entry, bundle)
	part := app.SubjectlessBundle("part")
	index := app.IndexReferrer(b, "application/vnd.example", part)
	s.DeleteTag(prod, "team/app", "1.0")
	s.DeleteTag(prod, "team/app", "2.0")
	folder := func(name string) string { return app.String() + "/" + name }
	return s, map[string][]string{
		folder(fixture.FallbackTag(a)): {folder(entry.String()), folder(bundle.String())},
		folder(index.String()):         {folder(part.String())},
	}
}

func there(s *artifactory.Server, folder string) bool {
	files := s.Snapshot()
	return files[folder+"/manifest.json"] != "" || files[folder+"/list.manifest.json"] != ""
}

// What lists something stays as long as that does: without the list nothing would lead to it any more. The rerun
// finishes.
func TestPruneLeavesTheListOfWhatItCouldNotRemove(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"deleted": {"--delete"}, "moved": {"--quarantine-repo", "quarantine"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, listed := listedOrphans(t)
			for list, folders := range listed {
				for _, folder := range folders {
					s, _ := listedOrphans(t, artifactory.WithRepository(artifactory.Repository{Key: "quarantine"}))
					hex := digest.Digest(folder[strings.LastIndex(folder, "/")+1:]).Encoded()
					s.AddFault(artifactory.Fault{
						Match:  artifactory.Match{Method: http.MethodDelete, Path: hex},
						Status: http.StatusForbidden,
					})
					r, o := prune(t, s, append(args, "--quiet", "--retries", "0")...)
					assert.Equal(t, 1, o.code, o.stderr)
					assert.Equal(t, 1, r.Totals.Failed, o.stdout)
					assert.True(t, there(s, folder))
					assert.True(t, there(s, list), "%s is left, and nothing lists it", folder)
					s.ClearFaults()
					r, o = prune(t, s, append(args, "--quiet")...)
					assert.Equal(t, 0, o.code, o.stderr)
					assert.Zero(t, r.Totals.Kept+r.Totals.Failed, o.stdout)
					assert.False(t, there(s, folder) || there(s, list))
				}
			}
		})
	}
}
