package layouts

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
)

// What a run over many images keeps of each is all that a report tells, and no manifest.
func TestOutlinedResultsTellTheSame(t *testing.T) {
	t.Parallel()
	for _, u := range undertakings() {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, u.mode)
			u.start(s)
			looking := *s.engine
			looking.DryRun = true
			results := func(outlined bool) []*promotion.Result {
				requests := []plan.Request{u.request}
				if u.request.Source.Tag == "" {
					t.Skip("every tag: that is for Run")
				}
				return looking.Batch(t.Context(), requests, promotion.BatchOptions{Threads: 1, Outlined: outlined}).Results
			}
			whole, kept := results(false), results(true)
			text := func(all []*promotion.Result) string {
				raw, err := json.Marshal(report.Promotion("copy", true, &promotion.Summary{Results: all}, nil))
				require.NoError(t, err)
				return string(raw)
			}
			require.NotNil(t, whole[0].Plan)
			assert.JSONEq(t, text(whole), text(kept))
			assert.Nil(t, kept[0].Plan.Graph)
			assert.Empty(t, kept[0].TargetState)
			for _, item := range kept[0].Plan.Items {
				assert.Empty(t, item.Manifest.Raw)
			}
			for _, step := range kept[0].Steps {
				assert.Empty(t, step.Manifest.Raw)
			}
		})
	}
}
