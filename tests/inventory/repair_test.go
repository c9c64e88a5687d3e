package inventory

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// repairResult is what repair prints.
type repairResult struct {
	Status string
	Totals struct{ Success, Failure int }
	Images []struct {
		Source  struct{ Image, Tag string }
		Outcome string
		Error   *struct{ Message string }
	}
	Audit     struct{ Totals map[string]int }
	SignAgain []image
}

func repaired(t *testing.T, o outcome) repairResult {
	t.Helper()
	var r repairResult
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &r), "%s\n%s", o.stdout, o.stderr)
	validate(t, "repair", o.stdout)
	return r
}

// everyKind lets everything come back.
const everyKind = "signature;attestation;sbom;bundle;notation;other"

// lost returns the images that lack something which is elsewhere.
func lost(opinions map[string]opinion) []string {
	var all []string
	for name, o := range opinions {
		if o.State == "lost" || strings.Contains(strings.Join(o.Problems, " "), "left-behind") {
			all = append(all, name)
		}
	}
	return all
}

// Repair brings back all that is left behind, and a second audit says so, in the opinion of the judge too.
func TestRepairBringsEverythingBack(t *testing.T) {
	t.Parallel()
	for name, knobs := range map[string]func(*artifactory.Knobs){
		"referrers API":    func(*artifactory.Knobs) {},
		"no referrers API": func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithKnobs(knobs))
			w := newWorld(s, 7)
			w.whole = true
			w.fill(*tags / 2)
			before := newJudge(s).all(prod, dev, old)
			require.NotEmpty(t, lost(before))

			dry := s.Snapshot()
			o := plugin(t, s, "repair", prod, "--source-repos", dev+";"+old, "--format", "json", "--dry-run", "--on-conflict",
				"replace", "--kinds", everyKind)
			require.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, dry, s.Snapshot(), "a dry run changes nothing")

			o = plugin(t, s, "repair", prod, "--source-repos", dev+";"+old, "--format", "json", "--on-conflict", "replace",
				"--kinds", everyKind)
			r := repaired(t, o)
			require.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, "success", r.Status)
			assert.Zero(t, r.Audit.Totals["lost"])
			after := newJudge(s).all(prod, dev, old)
			assert.Empty(t, lost(after))

			o = plugin(t, s, "repair", prod, "--source-repos", dev+";"+old, "--kinds", everyKind, "--format", "json",
				"--fail-no-op")
			assert.Equal(t, 2, o.code, o.stdout)
			unsigned := map[string]bool{}
			for name, o := range after {
				if strings.Contains(strings.Join(o.Problems, " "), "not-signed") {
					unsigned[name] = true
				}
			}
			again := map[string]bool{}
			for _, i := range r.SignAgain {
				again[i.Image+":"+i.Tag] = true
			}
			assert.Equal(t, unsigned, again, "what no copy is left of must be signed again")
		})
	}
}

// Killed at any request, the repair loses nothing, and another run completes it.
func TestRepairIsResumed(t *testing.T) {
	t.Parallel()
	step := *stride
	if testing.Short() {
		step *= 3
	}
	for k := 1; k < 400; k += step {
		s := start(t)
		w := newWorld(s, 19)
		w.whole = true
		w.fill(12)
		before := s.Snapshot()
		args := []string{
			"repair", prod, "--source-repos", dev + ";" + old, "--on-conflict", "replace", "--retries", "0",
			"--format", "json", "--kinds", everyKind,
		}
		s.CrashAt(k, k%2 == 0)
		o := plugin(t, s, args...)
		s.ClearFaults()
		require.Contains(t, []int{0, 1}, o.code)
		for file := range before {
			if strings.HasSuffix(file, "manifest.json") {
				require.Contains(t, s.Snapshot(), file, "killed at request %d", k)
			}
		}
		if o.code == 0 {
			break // there are no more requests
		}
		o = plugin(t, s, args...)
		require.Equal(t, 0, o.code, o.stderr)
		require.Empty(t, lost(newJudge(s).all(prod, dev, old)), "killed at request %d", k)
	}
}

// One image that cannot be repaired does not stop the rest.
func TestRepairGoesOn(t *testing.T) {
	t.Parallel()
	s := start(t)
	f := fixture.New(s)
	for _, name := range []string{"team/a", "team/b", "team/c"} {
		d := f.Image(prod, name).Single("1.0", name)
		f.Image(dev, name).Single("1.0", name)
		f.Image(dev, name).Sign(d, "alice")
	}
	s.AddFault(artifactory.Fault{Match: artifactory.Match{Method: "POST", Path: "api/copy/.*team/b"}, Status: 403})
	s.AddFault(artifactory.Fault{Match: artifactory.Match{Method: "PUT", Path: "team/b"}, Status: 403})
	r := repaired(t, plugin(t, s, "repair", prod, "--source-repos", dev, "--format", "json", "--retries", "0"))
	assert.Equal(t, "failure", r.Status)
	assert.Equal(t, 2, r.Totals.Success)
	assert.Equal(t, 1, r.Totals.Failure)
	assert.Equal(t, 1, r.Audit.Totals["lost"])
	assert.Empty(t, r.SignAgain, "a copy is still there")
	s.ClearFaults()
	o := plugin(t, s, "repair", prod, "--source-repos", dev)
	assert.Equal(t, 0, o.code, o.stderr)
	assert.Contains(t, o.stdout, "team/b:1.0")
	assert.NotContains(t, o.stdout, "team/a:1.0")
}

// A list that cannot be read is no empty list: nothing is written for an image of which it cannot be told what it
// lacks.
func TestRepairWritesNothingWithoutALook(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"the lists of referrers": "/referrers/", "those of the source": dev +
		"/v2/team/app/referrers/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			app, there := fixture.New(s).Image(prod, "team/app"), fixture.New(s).Image(dev, "team/app")
			d := app.Single("1.0", "1.0")
			app.Bundle(d, signing, "alice")
			there.Again("1.0", d)
			there.Bundle(d, signing, "bob")
			before := s.Snapshot()
			s.AddFault(artifactory.Fault{Match: artifactory.Match{Method: "GET", Path: path}, Status: 503})
			o := plugin(t, s, "repair", prod, "--source-repos", dev, "--retries", "0", "--format", "json")
			assert.Equal(t, 1, o.code, o.stdout)
			assert.Equal(t, before, s.Snapshot())
			for _, r := range s.Log() {
				assert.False(t, r.Write && r.Method != http.MethodPost, "%s %s", r.Method, r.Path)
			}
		})
	}
}

// An entry that was lost from a fallback tag, or from the registry's own list, is a finding, and the fix that it names
// works.
func TestRepairListsWhatNoListNames(t *testing.T) {
	t.Parallel()
	for name, api := range map[string]bool{"referrers API": true, "no referrers API": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			f := fixture.New(s)
			app := f.Image(prod, "team/app")
			d := app.Single("1.0", "1.0")
			app.Sign(d, "alice")
			if !api {
				s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff })
			}
			listed(app, api, d, "bob")
			lost := Unlisted(s, f, app, d, "carol")
			got, o := audit(t, s)
			require.Equal(t, 5, o.code, o.stderr)
			require.Len(t, got.Images[0].Findings, 1)
			fix := got.Images[0].Findings[0].Fix
			require.Contains(t, fix, "jf signed-promote repair "+prod)
			o = plugin(t, s, strings.Fields(strings.ReplaceAll(strings.TrimPrefix(fix, "jf signed-promote "), "'", ""))...)
			assert.Equal(t, 0, o.code, o.stderr)
			_, o = audit(t, s)
			assert.Equal(t, 0, o.code, o.stdout)
			assert.Contains(t, s.Snapshot(), app.String()+"/"+lost.String()+"/manifest.json")
		})
	}
}
