package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/plan"
)

func TestWaysByKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][4]plan.Conflict{
		"keep": {plan.OnConflictKeep, plan.OnConflictKeep, plan.OnConflictKeep, plan.OnConflictKeep},
		"att=replace": {
			plan.OnConflictMerge, plan.OnConflictReplace, plan.OnConflictMerge,
			plan.OnConflictMerge,
		},
		"att=replace;merge": {
			plan.OnConflictMerge, plan.OnConflictReplace, plan.OnConflictMerge,
			plan.OnConflictMerge,
		},
		"keep;sig=merge;sbom=fail": {plan.OnConflictMerge, plan.OnConflictKeep, plan.OnConflictFail, plan.OnConflictKeep},
		"other=replace;att=replace": {
			plan.OnConflictMerge, plan.OnConflictReplace, plan.OnConflictMerge,
			plan.OnConflictReplace,
		},
	} {
		c, err := plan.ParseConflict(text)
		require.NoError(t, err, text)
		for i, kind := range []attachment.Kind{
			attachment.KindSignature, attachment.KindAttestation, attachment.KindSBOM,
			attachment.KindOther,
		} {
			assert.Equal(t, want[i], c.For(kind), "%s, %s", text, kind)
		}
	}
	assert.Equal(t, plan.OnConflictMerge, plan.Conflict("").For(attachment.KindSignature))
	for _, text := range []string{
		"", "overwrite", "att=", "att=overwrite", "sigs=keep", "keep;merge",
		"att=keep;att=merge", "=keep", "keep;",
	} {
		_, err := plan.ParseConflict(text)
		assert.Error(t, err, text)
	}
}

// To replace means the source's record, also where it is a part of the target's. Otherwise nothing is taken away.
func TestReplaceAlsoWhatIncludesTheSource(t *testing.T) {
	t.Parallel()
	mine, theirs := record(t, "att", "new"), record(t, "att", "old", "new")
	for on, want := range map[plan.Conflict]plan.Action{
		plan.OnConflictReplace: plan.UpdateAttachment, "att=replace;keep": plan.UpdateAttachment, "att=keep;replace": "",
		plan.OnConflictMerge: "", plan.OnConflictKeep: "", plan.OnConflictFail: "",
	} {
		_, action, ok := plan.Decide(on, attachment.KindAttestation, mine, theirs, true)
		assert.True(t, ok)
		assert.Equal(t, want, action, on)
	}
}
