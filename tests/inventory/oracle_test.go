package inventory

import (
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// tags is how many random images the judge goes through.
var tags = flag.Int("inventory.tags", 80, "random images that the audit and a slow judge have to agree on")

// stride is how far apart the requests are at which runs are killed.
var stride = flag.Int("inventory.stride", 37, "kill repair and prune at every so-manieth request")

// The audit says of every image what a judge says who looks at everything.
func TestAuditAgreesWithTheJudge(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]struct {
		api  func(*artifactory.Knobs)
		seed uint64
	}{
		"referrers API":    {func(*artifactory.Knobs) {}, 1},
		"no referrers API": {func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }, 2},
		"entries with the wrong types": {
			func(k *artifactory.Knobs) { k.ReferrersConfigType, k.ReferrersPageSize = true, 1 },
			3,
		},
		"the server trims searches": {func(k *artifactory.Knobs) { k.AQLHardLimit = 90 + *tags/2 }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, artifactory.WithKnobs(mode.api))
			w := newWorld(s, mode.seed)
			w.mirrored, w.misplaced = true, true
			w.fill(*tags)
			o := plugin(t, s, "audit", prod, "--source-repos", dev+";"+old, "--format", "json")
			require.Equal(t, 5, o.code, o.stderr)
			got := decode(t, o.stdout).said()
			s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersPageSize = 0 }) // the judge reads one page
			want := newJudge(s).all(prod, dev, old)
			wrong := differences(want, got)
			assert.Empty(t, strings.Join(wrong[:min(len(wrong), 5)], "\n"), "%d of %d differ", len(wrong), len(want))
			count := map[string]int{}
			for _, opinion := range want {
				count[opinion.State]++
			}
			t.Log(count)
			for _, state := range []string{"signed", "partly", "lost", "unsigned", "broken"} {
				assert.NotZero(t, count[state], "no image is %s: the test shows too little", state)
			}
		})
	}
}
