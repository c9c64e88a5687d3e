package inventory

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// troubles are the ways in which a request can fail.
func troubles() map[string]artifactory.Fault {
	return map[string]artifactory.Fault{
		"403": {Status: http.StatusForbidden},
		"503": {Status: http.StatusServiceUnavailable},
		"a router's 404": {
			Status: http.StatusNotFound, Header: http.Header{"Content-Type": {"text/plain"}},
			Body: "404 page not found\n",
		},
		"a cut connection":     {CutBefore: true},
		"a cut answer":         {CutAfter: true},
		"a 404 without a body": {Status: http.StatusNotFound},
	}
}

// lossy is a server on which images lost attachments of every form, and attachments their images.
func lossy(t *testing.T, api bool) *artifactory.Server {
	t.Helper()
	s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) {
		if !api {
			k.ReferrersAPI = artifactory.ReferrersOff
		}
	}))
	f := fixture.New(s)
	for _, name := range []string{"team/app", "team/job"} {
		app, there := f.Image(prod, name), f.Image(dev, name)
		d := app.Single("1.0", name)
		app.Sign(app.Single("2.0", name+" 2.0"), "alice")
		there.Again("1.0", d)
		there.Sign(d, "alice")
		listed(app, api, d, "listed")
		Unlisted(s, f, app, app.Single("3.0", name+" 3.0"), name)
		gone(s, app, "0.9")
		b := app.Single("0.8", "0.8 of "+name)
		app.Bundle(b, signing, "bob")
		s.DeleteTag(prod, name, "0.8")
	}
	s.Age(48 * time.Hour)
	return s
}

// listed stores a bundle that is found.
func listed(i fixture.Image, api bool, d digest.Digest, key string) {
	b := i.Bundle(d, provenance, key)
	if !api {
		i.Fallback(d, b)
	}
}

// An error while looking is no reason to write: whatever a run with one fault writes or removes, the run without it
// does too.
func TestNothingIsDecidedOnAFault(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"repair":               {"repair", prod, "--source-repos", dev},
		"repair without API":   {"repair", prod, "--source-repos", dev},
		"prune":                {"prune", prod, "--older-than", "0s", "--delete", "--now", "--quiet"},
		"prune that only sees": {"prune", prod, "--older-than", "1h", "--delete", "--quiet"},
	} {
		for trouble, fault := range troubles() {
			t.Run(name+"/"+trouble, func(t *testing.T) {
				t.Parallel()
				api := !strings.Contains(name, "without")
				args := append(args, "--retries", "0", "--format", "json")
				s := lossy(t, api)
				before := s.Snapshot()
				o := plugin(t, s, args...)
				require.Equal(t, 0, o.code, o.stderr)
				requests := len(s.Log())
				want, noted := s.Snapshot(), seen(s)
				step := max(*stride/3, 1)
				for k := 1 + len(trouble)%step; k <= requests; k += step {
					s := lossy(t, api)
					fault.Match = artifactory.Match{Nth: k, Count: 1}
					s.AddFault(fault)
					o := plugin(t, s, args...)
					require.Contains(t, []int{0, 1}, o.code, "request %d: %s", k, o.stderr)
					within(t, before, want, s.Snapshot(), fmt.Sprintf("request %d", k))
					assert.Subset(t, noted, seen(s), "request %d: something was noted that is no orphan", k)
				}
			})
		}
	}
}

// seen returns the folders on which a run noted that it saw them.
func seen(s *artifactory.Server) []string {
	all := []string{}
	for folder, properties := range s.SnapshotProperties() {
		if properties[seenProperty] != nil {
			all = append(all, folder)
		}
	}
	return all
}

// within asserts that a state lies between two others, file by file.
func within(t *testing.T, before, want, got map[string]string, when string) {
	t.Helper()
	for file, sha256 := range got {
		assert.True(t, sha256 == before[file] || sha256 == want[file], "%s: %s was written", when, file)
	}
	for file := range before {
		if _, stays := want[file]; stays {
			_, there := got[file]
			assert.True(t, there, "%s: %s was removed", when, file)
		}
	}
}
