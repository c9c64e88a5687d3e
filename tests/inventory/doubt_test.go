package inventory

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// denials are the ways in which a manifest cannot be read: the last is the server's own, of what its folder shows.
func denials(image, ref string) map[string]artifactory.Fault {
	own := artifactory.Denied(image, ref)
	all := map[string]artifactory.Fault{"own 404": own}
	for name, f := range troubles() {
		f.Match = own.Match
		all[name] = f
	}
	return all
}

// What cannot be read may be a signature of any image that lacks one, and may be an image: then nothing is called
// unsigned, nor complete, and repair asks nobody to sign again.
func TestWhatCannotBeReadLeavesDoubt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		// fill returns what cannot be read, "<repo>/<image>" and digest or tag.
		fill func(s *artifactory.Server, app, there fixture.Image) (image, ref string)
		// state is what an audit says of the image, if that is not "unknown": it does not look in other paths, as
		// repair does.
		state string
	}{
		"a bundle at the source": {fill: func(_ *artifactory.Server, app, there fixture.Image) (string, string) {
			d := app.Single("1.0", "app")
			there.Again("1.0", d)
			return there.String(), there.Bundle(d, signing, "alice").String()
		}},
		"a bundle left behind under another name": {fill: func(s *artifactory.Server, app,
			there fixture.Image,
		) (string, string) {
			d := app.Single("1.0", "app")
			there.Name = "builds/app"
			there.Again("1.0", d)
			b := there.Bundle(d, signing, "alice")
			s.DeleteTag(there.Repo, there.Name, "1.0")
			return there.String(), b.String()
		}},
		"a bundle in another path of the repository": {state: "unsigned", fill: func(_ *artifactory.Server, app,
			_ fixture.Image,
		) (string, string) {
			d := app.Single("1.0", "app")
			other := app
			other.Name = "team/copy"
			other.Again(d.String(), d)
			return other.String(), other.Bundle(d, signing, "alice").String()
		}},
		"a signature at the source": {fill: func(_ *artifactory.Server, app, there fixture.Image) (string, string) {
			d := app.Single("1.0", "app")
			there.Again("1.0", d)
			return there.String(), there.Record(d, "sig").String() // without an entry, so that it is read
		}},
		"an SBOM that no list names": {fill: func(s *artifactory.Server, app, _ fixture.Image) (string, string) {
			d := app.Single("1.0", "app")
			app.Sign(d, "alice")
			return app.String(), Unlisted(s, fixture.New(s), app, d, "sbom").String()
		}},
		"what has no tag": {fill: func(_ *artifactory.Server, app, _ fixture.Image) (string, string) {
			app.Sign(app.Single("1.0", "app"), "alice")
			return app.String(), app.Single("", "nobody knows").String()
		}},
		"what may be an image of a mirror": {fill: func(_ *artifactory.Server, app, _ fixture.Image) (string, string) {
			app.Sign(app.Single("1.0", "app"), "alice")
			d := app.Single("mirror-sha256-"+digest.FromString("upstream").Encoded(), "mirrored")
			return app.String(), d.String()
		}},
		"the image itself": {fill: func(_ *artifactory.Server, app, _ fixture.Image) (string, string) {
			app.Single("1.0", "app")
			return app.String(), "1.0"
		}},
	} {
		for trouble := range denials("", "") {
			t.Run(name+"/"+trouble, func(t *testing.T) {
				t.Parallel()
				s := start(t)
				f := fixture.New(s)
				fault := denials(tt.fill(s, f.Image(prod, "team/app"), f.Image(dev, "team/app")))[trouble]
				before := s.Snapshot()
				s.AddFault(fault)
				got, o := audit(t, s, "--source-repos", dev)
				assert.Equal(t, 5, o.code, o.stdout+o.stderr)
				require.NotEmpty(t, got.Images)
				assert.Equal(t, cmp.Or(tt.state, "unknown"), got.states()["team/app:1.0"], o.stdout)
				assert.Contains(t, o.stdout, `"unreadable"`)
				o = plugin(t, s, "repair", prod, "--source-repos", dev, "--retries", "0", "--format", "json", "--fail-no-op")
				assert.Equal(t, 1, o.code, o.stdout+o.stderr)
				assert.Empty(t, repaired(t, o).SignAgain)
				assert.Equal(t, before, s.Snapshot())
			})
		}
	}
}

// Whatever request fails, once or every time: what is said of an image is what is said without the fault, or that it
// cannot be told; and only what is true ends with 0.
func TestNoFaultMakesAnAnswerFalse(t *testing.T) {
	t.Parallel()
	for name, api := range map[string]bool{"referrers API": true, "no referrers API": false} {
		for trouble, fault := range troubles() {
			for _, once := range []bool{true, false} {
				t.Run(name+"/"+trouble+"/"+map[bool]string{true: "once", false: "always"}[once], func(t *testing.T) {
					t.Parallel()
					s := lossy(t, api)
					truth, o := audit(t, s, "--source-repos", dev)
					require.Equal(t, 5, o.code, o.stderr)
					log := s.Log()
					want := repaired(t, plugin(t, s, "repair", prod, "--source-repos", dev, "--format", "json", "--dry-run"))
					step := *stride
					for k := 1 + (len(trouble)*7+len(name))%step; k <= len(log); k += step {
						s := lossy(t, api)
						fault := fault
						fault.Match = artifactory.Match{Nth: k, Count: 1}
						if !once {
							fault.Match = artifactory.Match{Method: log[k-1].Method, Path: "^" + regexp.QuoteMeta(log[k-1].Path) + `(\?|$)`}
						}
						truthful(t, s, fault, truth, want, log[k-1].Method+" "+log[k-1].Path)
					}
				})
			}
		}
	}
}

func truthful(t *testing.T, s *artifactory.Server, fault artifactory.Fault, truth auditResult, want repairResult,
	when string,
) {
	t.Helper()
	s.AddFault(fault)
	got, o := audit(t, s, "--source-repos", dev)
	require.Contains(t, []int{1, 5}, o.code, "%s: %s", when, o.stdout)
	if o.code == 5 {
		states := got.states()
		for tag, state := range truth.states() {
			assert.Contains(t, []string{state, "unknown"}, states[tag], "%s: %s", when, tag)
		}
	}
	s.ClearFaults()
	s.AddFault(fault)
	s.ResetLog()
	o = plugin(t, s, "repair", prod, "--source-repos", dev, "--retries", "0", "--format", "json", "--dry-run")
	r := repaired(t, o)
	var again []string
	for _, i := range want.SignAgain {
		again = append(again, i.Image+":"+i.Tag)
	}
	for _, i := range r.SignAgain {
		assert.True(t, slices.Contains(again, i.Image+":"+i.Tag), "%s: %s:%s is not to be signed again", when, i.Image, i.Tag)
	}
	if o.code == 0 {
		assert.Len(t, r.SignAgain, len(want.SignAgain), when)
		assert.Equal(t, want.Totals, r.Totals, when)
	}
	for _, q := range s.Log() {
		assert.False(t, q.Write && q.Method != http.MethodPost || strings.Contains(q.Path, "api/copy"), "%s: %s %s", when,
			q.Method, q.Path)
	}
}
