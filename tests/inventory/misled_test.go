package inventory

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

func audit(t *testing.T, s *artifactory.Server, args ...string) (auditResult, outcome) {
	t.Helper()
	o := plugin(t, s, append([]string{"audit", prod, "--format", "json", "--retries", "0"}, args...)...)
	return decode(t, o.stdout), o
}

// states returns the state of every tag.
func (r auditResult) states() map[string]string {
	all := map[string]string{}
	for _, i := range r.Images {
		all[i.Image+":"+i.Tag] = i.State
	}
	return all
}

// four stores an image with each kind of signature.
func four(s *artifactory.Server) fixture.Image {
	app := fixture.New(s).Image(prod, "team/app")
	signFour(app, unsignedFour(app))
	return app
}

func unsignedFour(app fixture.Image) []digest.Digest {
	return []digest.Digest{
		app.Single("sig", "sig"), app.Single("bundle", "bundle"), app.Single("notation", "notation"),
		app.Platforms("index", "index", "linux/amd64", "linux/arm64").Digest,
	}
}

func signFour(app fixture.Image, images []digest.Digest) {
	app.Sign(images[0], "alice")
	app.Bundle(images[1], signing, "alice")
	app.Notation(images[2], "alice")
	app.Sign(images[3], "alice")
}

// Signatures that the search does not show are found by the probes.
func TestAuditIsNotMisledByALateSearch(t *testing.T) {
	t.Parallel()
	s := start(t)
	four(s)
	all, o := audit(t, s)
	require.Equal(t, 0, o.code, o.stderr)
	require.Len(t, all.Images, 4)

	late := start(t)
	app := fixture.New(late).Image(prod, "team/app")
	images := unsignedFour(app)
	bare, _ := audit(t, late)
	require.Equal(t, 4, bare.Totals["unsigned"])
	fromNowOnLate(late)
	signFour(app, images)
	got, o := audit(t, late)
	require.Len(t, got.Images, 4)
	assert.Equal(t, 0, o.code, o.stdout)
	assert.Equal(t, all.states(), got.states())
}

// A signature that the probes found, and that the registry then denies, is no absence; nor is the image itself.
func TestAuditIsNotMisledByADeniedSignature(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, ""} {
		s := start(t)
		app := fixture.New(s).Image(prod, "team/app")
		d := app.Single("sig", "sig")
		fromNowOnLate(s)
		app.Sign(d, "alice")
		denied := artifactory.Denied(app.String(), fixture.SuffixTag("", d, "sig"))
		denied.Match.Method = method
		s.AddFault(denied)
		s.AddFault(artifactory.Denied(app.String(), d.String()))
		got, o := audit(t, s)
		assert.Equal(t, 5, o.code, o.stdout)
		assert.Equal(t, map[string]string{"team/app:sig": "unknown"}, got.states(), "%s denied", method)
	}
}

// A tag that the search and its folder show, and the registry denies, is not left out of the audit.
func TestAuditIsNotMisledByADeniedTag(t *testing.T) {
	t.Parallel()
	s := start(t)
	app := fixture.New(s).Image(prod, "team/app")
	app.Single("1.0", "one")
	s.AddFault(artifactory.Denied(app.String(), "1.0"))
	got, o := audit(t, s)
	assert.Equal(t, 5, o.code, o.stdout)
	assert.Equal(t, map[string]string{"team/app:1.0": "unknown"}, got.states())
}

// fromNowOnLate lets the search know what is there, and nothing that comes now, for a while.
func fromNowOnLate(s *artifactory.Server) {
	const requests = 200
	for range requests {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/artifactory/api/system/ping", nil))
	}
	s.SetKnobs(func(k *artifactory.Knobs) { k.AQLDelay = requests - 1 })
}

// What the user may not read is unknown, and never unsigned.
func TestAuditIsNotMisledByMissingRights(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string]bool{"every folder but the images'": false, "the signature alone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			four(s)
			grants := []artifactory.Grant{{Repo: prod, Pattern: "team/app", Read: true}}
			for _, tag := range []string{"sig", "bundle", "notation", "index"} {
				grants = append(grants, artifactory.Grant{Repo: prod, Pattern: "team/app/" + tag + "/**", Read: true})
			}
			if hidden {
				grants = append(grants, artifactory.Grant{Repo: prod, Pattern: "team/app/sha256:*/**", Read: true})
			}
			s.AddUser(artifactory.User{Name: user, Password: password, Grants: grants})
			got, o := audit(t, s)
			require.Len(t, got.Images, 4, o.stderr)
			assert.Equal(t, 5, o.code)
			for name, state := range got.states() {
				assert.Contains(t, []string{"unknown", "signed"}, state, name)
			}
			assert.Equal(t, "unknown", got.states()["team/app:sig"])
		})
	}
}

// Errors while looking make an image unknown, or end the audit; they are never "unsigned".
func TestAuditIsNotMisledByErrors(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]artifactory.Match{
		"referrers":    {Path: "/referrers/"},
		"manifests":    {Path: "/manifests/"},
		"folders":      {Path: "api/storage/"},
		"blobs":        {Path: "/blobs/"},
		"searches":     {Path: "api/search/aql"},
		"repositories": {Path: "api/repositories"},
	} {
		for _, status := range []int{403, 500} {
			s := start(t)
			app := four(s)
			app.Single("unsigned", "unsigned")
			s.AddFault(artifactory.Fault{Match: m, Status: status})
			got, o := audit(t, s)
			assert.Contains(t, []int{1, 5}, o.code, "%s %d", name, status)
			for tag, state := range got.states() {
				if tag != "team/app:unsigned" {
					assert.NotContains(t, []string{"unsigned", "lost"}, state, "%s %d: %s", name, status, tag)
				}
			}
			if state := got.states()["team/app:unsigned"]; name != "blobs" && name != "repositories" && state != "" {
				assert.Equal(t, "unknown", state, "%s %d", name, status)
			}
			if o.code == 1 {
				assert.NotNil(t, got.Error)
				assert.Empty(t, got.Images)
			}
		}
	}
}

func TestAuditMistakes(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithRepository(artifactory.Repository{
		Key: "all", Class: artifactory.Virtual,
		Members: []string{prod},
	}))
	for args, says := range map[string]string{
		"audit docker-prod": "there is no repository docker-prod",
		"audit all":         "virtual",
		"audit " + prod + " --source-repos nowhere":             "there is no repository nowhere",
		"audit " + prod + " --source-repos " + prod:             "names " + prod + " itself",
		"audit " + prod + " --search-all --source-repos " + dev: "leave --source-repos out",
		"audit " + prod + " " + dev:                             "audit takes one repository",
		"audit a/b":                                             "not a repository key",
		"audit " + prod + " --since yesterday":                  "--since must be",
		"audit " + prod + " --shard 5/4":                        "--shard must be i/n",
		"audit " + prod + " --shard 4":                          "--shard 4 needs to know which part",
		"audit " + prod + " --format htm":                       "did you mean html?",
		"audit " + prod + " --require sbon":                     "did you mean sbom?",
		"audit " + prod + " --baseline nothing.json":            "nothing.json",
		"audit --merge nothing.json":                            "nothing.json",
		"prune " + prod + " --quarantine-repo " + prod:          "names " + prod + " itself",
		"prune " + prod + " --older-than soon":                  "--older-than must be",
	} {
		o := plugin(t, s, strings.Fields(args)...)
		assert.Equal(t, 1, o.code, args)
		assert.Contains(t, o.stderr, says, args)
		assert.Less(t, strings.Count(o.stderr, "\n"), 8, "one clear message:\n%s", o.stderr)
	}
	for _, r := range s.Log() {
		assert.False(t, r.Write)
	}
}
