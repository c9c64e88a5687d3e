package inventory

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
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
	return r
}

// lost gives the images that lack something which is elsewhere.
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
			o := plugin(t, s, "repair", prod, "--source-repos", dev+";"+old, "--format", "json", "--dry-run", "--on-conflict", "replace")
			require.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, dry, s.Snapshot(), "a dry run changes nothing")

			o = plugin(t, s, "repair", prod, "--source-repos", dev+";"+old, "--format", "json", "--on-conflict", "replace")
			r := repaired(t, o)
			require.Equal(t, 0, o.code, o.stderr)
			assert.Equal(t, "success", r.Status)
			assert.Zero(t, r.Audit.Totals["lost"])
			after := newJudge(s).all(prod, dev, old)
			assert.Empty(t, lost(after))

			o = plugin(t, s, "repair", prod, "--search-all", "--format", "json", "--fail-no-op")
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
