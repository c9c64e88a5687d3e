package plan_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// kinds returns the actions of a plan, in order.
func kinds(p *plan.Plan) []plan.Action {
	var all []plan.Action
	for _, s := range p.Steps {
		all = append(all, s.Action)
	}
	return all
}

func TestImageSteps(t *testing.T) {
	t.Parallel()
	s, _, _ := signed(t)
	g := s.graph("1.0")
	old, staged := digest.FromString("old"), digest.FromString("staged")
	whole := []plan.Action{plan.StageImage, plan.SetTag, plan.RemoveStaging}
	tests := map[string]struct {
		pin    bool
		target plan.Target
		want   []plan.Action
	}{
		"new":                  {target: plan.Target{}, want: []plan.Action{plan.Promote}},
		"new, pinned":          {pin: true, target: plan.Target{}, want: whole},
		"over another, pinned": {pin: true, target: plan.Target{Tagged: old}, want: whole},
		"a child lacks, pinned": {pin: true, target: plan.Target{
			Tagged:  g.Root,
			Lacking: map[digest.Digest]bool{old: true},
		}, want: whole},
		"there":         {target: plan.Target{Tagged: g.Root}},
		"there, pinned": {pin: true, target: plan.Target{Tagged: g.Root}},
		"there, staging left": {
			target: plan.Target{Tagged: g.Root, Staged: staged},
			want:   []plan.Action{plan.RemoveStaging},
		},
		"new, staging left": {target: plan.Target{Staged: staged}, want: []plan.Action{
			plan.Promote,
			plan.RemoveStaging,
		}},
		"pinned, staging is left": {pin: true, target: plan.Target{Staged: staged}, want: whole},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request()
			r.Pin = tt.pin
			p, err := plan.Make(r, g, tt.target)
			require.NoError(t, err)
			var got []plan.Action
			for _, a := range kinds(p) {
				if a != plan.CopyAttachment {
					got = append(got, a)
				}
			}
			assert.Equal(t, tt.want, got)
			for _, s := range p.Of(plan.StageImage, plan.RemoveStaging) {
				assert.Equal(t, p.Target.Folder(reference.StagingTag(p.Target.Tag)), s.Path)
			}
			for _, s := range p.Of(plan.SetTag) {
				assert.Equal(t, tt.target.Tagged, s.Before)
			}
		})
	}
}

// What only an own staging tag can do, for a registry that wants the subject first, takes the place of the promotion,
// and what comes after it stays.
func TestByStaging(t *testing.T) {
	t.Parallel()
	s, _, _ := signed(t)
	p, err := plan.Make(request(), s.graph("1.0"), plan.Target{Staged: digest.FromString("staged")})
	require.NoError(t, err)
	p.Steps = append(p.Steps, plan.Step{Action: plan.DeleteTag})
	require.True(t, p.ByStaging())
	all := kinds(p)
	assert.Equal(t, []plan.Action{plan.StageImage, plan.SetTag, plan.RemoveStaging, plan.DeleteTag}, all[len(all)-4:])
	assert.Empty(t, p.Of(plan.Promote))
	assert.True(t, p.ByStaging(), "it does so already")
	assert.Equal(t, all, kinds(p))
}

// A promotion that could take layers from other tags replaces none: it goes by a staging tag, and says why.
func TestLayersAtRisk(t *testing.T) {
	t.Parallel()
	s, _, _ := signed(t)
	p, err := plan.Make(request(), s.graph("1.0"), plan.Target{Tagged: digest.FromString("another"), LayersAtRisk: true})
	require.NoError(t, err)
	assert.Empty(t, p.Of(plan.Promote))
	assert.Len(t, p.Of(plan.StageImage, plan.SetTag, plan.RemoveStaging), 3)
	assert.Contains(t, strings.Join(p.Warnings, "\n"), "layers that other tags need")
	r := request()
	r.Pin = true
	p, err = plan.Make(r, s.graph("1.0"), plan.Target{Tagged: digest.FromString("another"), LayersAtRisk: true})
	require.NoError(t, err)
	assert.NotContains(t, strings.Join(p.Warnings, "\n"), "layers that other tags need", "it was asked for")
}
