package layouts

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// `make variants` sets these. A failure names the seed of its combination: -variants.seed with that, and
// -variants.count 1, runs it again.
var (
	everyVariant = flag.Bool("variants.all", false, "promote each fixture with each knob of the double")
	variantSeed  = flag.Uint64("variants.seed", 1,
		"seed of the first random combination of knobs; each further one counts up")
	variantCount = flag.Int("variants.count", 60, "how many random combinations of knobs are tried")
)

// variant is one promotion at a server with some knobs turned.
type variant struct {
	positions []position
	layout    layoutCase
	move      bool
	// occupied puts another image and another party's attachments at the target first.
	occupied bool
}

// String names everything that it takes to run it again.
func (v variant) String() string {
	names := make([]string, 0, len(v.positions))
	for _, p := range v.positions {
		names = append(names, p.field+"="+p.value)
	}
	return fmt.Sprintf("%s; %s, move %t, occupied %t", strings.Join(names, ", "), v.layout.name, v.move, v.occupied)
}

// tally counts how runs ended.
type tally struct{ runs, denied atomic.Int64 }

// String is for the end of a run.
func (c *tally) String() string {
	return fmt.Sprintf("%d promotions, %d of them first while the server denies something", c.runs.Load(), c.denied.Load())
}

// variantLayouts are the fixtures; that of hundreds of attachments is for TestEveryLayoutArrives.
func variantLayouts() []layoutCase {
	all := slices.Concat(suffixCases(), referrerCases(), fallbackCases())
	all = slices.DeleteFunc(all, func(c layoutCase) bool { return c.few })
	// The order of fallbackCases is random.
	slices.SortFunc(all, func(a, b layoutCase) int { return strings.Compare(a.name, b.name) })
	return all
}

// TestVariantsAlone turns one knob at a time.
func TestVariantsAlone(t *testing.T) {
	t.Parallel()
	count := &tally{}
	t.Cleanup(func() { fmt.Printf("knobs alone: %d settings, %s\n", len(positions()), count) })
	for i, p := range positions() {
		t.Run(p.field+" "+p.value, func(t *testing.T) {
			t.Parallel()
			for k, layout := range variantLayouts() {
				for way := range 4 {
					if !*everyVariant && (k*4+way+i)%(41*coarse(3)) != 0 {
						// Each setting meets some of them; make variants tries all.
						continue
					}
					v := variant{positions: []position{p}, layout: layout, move: way%2 == 1, occupied: way/2 == 1}
					v.run(t, v.String(), count)
				}
			}
		})
	}
}

// TestVariantsCombined turns several knobs at a time.
func TestVariantsCombined(t *testing.T) {
	t.Parallel()
	count := &tally{}
	fmt.Printf("knobs combined: -variants.seed %d -variants.count %d\n", *variantSeed, *variantCount)
	t.Cleanup(func() { fmt.Printf("knobs combined: %s\n", count) })
	const batches = 8
	for batch := range batches {
		t.Run(fmt.Sprint("batch ", batch), func(t *testing.T) {
			t.Parallel()
			for i := batch; i < *variantCount; i += batches {
				seed := *variantSeed + uint64(i)
				v := randomVariant(seed)
				v.run(t, fmt.Sprintf("-variants.seed %d -variants.count 1: %s", seed, v), count)
			}
		})
	}
}

// randomVariant turns each knob with a chance of one in four.
func randomVariant(seed uint64) variant {
	random := rand.New(rand.NewPCG(seed, 0))
	layouts := variantLayouts()
	v := variant{layout: layouts[random.IntN(len(layouts))], move: random.IntN(2) == 1, occupied: random.IntN(2) == 1}
	byField := map[string][]position{}
	var fields []string
	for _, p := range positions() {
		if byField[p.field] == nil {
			fields = append(fields, p.field)
		}
		byField[p.field] = append(byField[p.field], p)
	}
	for _, field := range fields {
		if choices := byField[field]; random.IntN(4) == 0 {
			v.positions = append(v.positions, choices[random.IntN(len(choices))])
		}
	}
	return v
}

// apply turns the knobs of those positions that wanted chooses.
func (v variant) apply(k *artifactory.Knobs, wanted func(position) bool) {
	for _, p := range v.positions {
		if wanted(p) {
			p.set(k)
		}
	}
	if k.TagsPageSize > 0 {
		// The double pages sorted lists only.
		k.TagsOrder = artifactory.Sorted
	}
}

func always(position) bool     { return true }
func friendly(p position) bool { return !p.denies }

// mode returns the kind of server, and what its clients make of it: they keep fallback tags unless they are told that
// it takes note of subjects.
func (v variant) mode() mode {
	k := defaults()
	v.apply(&k, friendly)
	off := k.ReferrersAPI == artifactory.ReferrersOff
	return mode{
		name: "variant", knobs: func(k *artifactory.Knobs) { v.apply(k, friendly) },
		api: !off, fallback: off || !k.SubjectHeader,
	}
}

// run promotes. A server that denies is told as such, and nothing has changed then; afterwards the same command
// finishes.
func (v variant) run(t *testing.T, label string, count *tally) {
	t.Helper()
	failed := t.Failed()
	defer func() {
		if t.Failed() && !failed {
			t.Log("failed: ", label)
		}
	}()
	count.runs.Add(1)
	s := newStage(t, v.mode())
	for _, p := range v.positions {
		s.reclass(p.kind)
	}
	laid := v.layout.build(s)
	if v.occupied {
		s.occupy(laid.root)
	}
	story := s.begin(laid.root)
	story.late = laid.late
	// A server that promotes file by file takes the former manifest away before it puts the new one.
	story.streams = slices.ContainsFunc(v.positions, func(p position) bool { return p.field == "ChecksumDeployStatus" })
	story.races = slices.ContainsFunc(v.positions, func(p position) bool { return p.field == "PromoteOrder" })
	if slices.ContainsFunc(v.positions, func(p position) bool { return p.denies }) {
		count.denied.Add(1)
		s.server.SetKnobs(func(k *artifactory.Knobs) { v.apply(k, always) })
		result := s.promote(request(v.move))
		s.server.SetKnobs(func(k *artifactory.Knobs) { *k = defaults(); v.apply(k, friendly) })
		v.denied(t, story, result)
		s.anew()
	}
	result := s.promote(request(v.move))
	require.NoError(t, result.Err, label)
	v.ended(t, story, laid, result)
}

// ended asserts what every promotion reaches.
func (v variant) ended(t *testing.T, story *story, laid laid, result *promotion.Result) {
	t.Helper()
	story.arrived(result)
	warned(t, result, laid.warns)
	if !v.move {
		assert.Equal(t, story.sourceFolders, story.folders(story.app), "the source of a copy")
		story.again(false)
		return
	}
	story.left(laid.staying(story)...)
	story.again(true)
}

// staying names the folders that a move leaves.
func (l laid) staying(story *story) []string {
	if l.goes == nil {
		return append(story.bystanders(), l.stays...)
	}
	var stays []string
	for folder := range story.sourceFolders {
		if !slices.Contains(l.goes, folder) {
			stays = append(stays, folder)
		}
	}
	return stays
}

// denied asserts that nothing was promoted, and why.
func (v variant) denied(t *testing.T, story *story, result *promotion.Result) {
	t.Helper()
	story.failedCleanly(result)
	assert.Empty(t, story.wire.writes())
	assert.Equal(t, story.targetFolders, story.folders(story.target))
	story.wire.reset()
}

// failedCleanly asserts that a failure names its side and what to do, and that the tag, the source, and what the target
// had are there.
func (st *story) failedCleanly(result *promotion.Result) {
	st.t.Helper()
	var told *failure.Failure
	require.ErrorAs(st.t, result.Err, &told)
	assert.NotEmpty(st.t, told.Side)
	assert.NotEmpty(st.t, told.Hint, told.Message)
	assert.Equal(st.t, st.sourceFolders, st.folders(st.app), "the source")
	for _, file := range fileNames() {
		assert.Equal(st.t, st.targetFolders[tag][file], st.folders(st.target)[tag][file], "the target tag")
	}
	assert.True(st.t, st.walk(st.target, append(union(st.source, st.before).known(), st.root)...).holds(st.before),
		"something was lost at the target")
	assert.Zero(st.t, st.early.Load(), "an unsigned moment")
}

func fileNames() []string { return []string{"manifest.json", "list.manifest.json"} }

// reclass changes what kind of repositories both are.
func (s *stage) reclass(kind artifactory.Repository) {
	if kind.Class == "" && kind.PackageType == "" && kind.MaxUniqueTags == 0 {
		return
	}
	for _, key := range []string{dev, prod} {
		kind.Key = key
		s.server.AddRepository(kind)
	}
}

// occupy puts another image under the target tag, and attachments of another party to the same digest.
func (s *stage) occupy(root digest.Digest) {
	s.target.Sign(s.target.Single(tag, "old"), "bob")
	s.target.Sign(root, "bob")
	s.target.Attest(root, slsa, "https://example.org/other")
	s.bundle(s.target, root, "bob")
	s.fallback(s.target, root, s.target.NotationSignature(root, "bob", fixture.JWS))
}
